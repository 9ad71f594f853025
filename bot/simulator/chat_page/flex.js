// Draws Flex Messages: bubbles, carousels and what is in them.
// https://developers.line.biz/en/reference/messaging-api/#flex-message

import { makeTappable, perform } from "./actions.js";
import { el } from "./dom.js";
import {
  boxLook, bubbleWidth, colour, edge, gap, gravity, imageSize, length, paint, place, ratio,
  textSize,
} from "./flex_look.js";
import { say } from "./texts.js";

export function drawFlex(container, deeds) {
  if (container.type !== "carousel") return drawBubble(container, deeds);
  return el("div", {
    className: "carousel",
    attrs: { role: "group", "aria-label": say("carousel"), tabindex: "0" },
    children: (container.contents ?? []).map((bubble) => drawBubble(bubble, deeds)),
  });
}

function drawBubble(bubble, deeds) {
  const card = el("div", { className: "flex-bubble", attrs: { dir: bubble.direction ?? "ltr" } });
  paint(card, { width: bubbleWidth(bubble.size) });
  for (const name of ["header", "hero", "body", "footer"]) {
    if (bubble[name]) card.append(drawBlock(name, bubble, deeds));
  }
  return makeTappable(card, bubble.action, deeds);
}

function drawBlock(name, bubble, deeds) {
  const style = bubble.styles?.[name] ?? {};
  const inner = draw(bubble[name], { layout: "vertical" }, deeds);
  inner.classList.add("flex-inner");
  const block = el("div", { className: `flex-block flex-${name}`, children: [inner] });
  if (style.separator) block.classList.add("separated");
  return paint(block, {
    backgroundColor: colour(style.backgroundColor),
    borderTopColor: colour(style.separatorColor),
  });
}

const DRAW = {
  box: drawBox,
  text: drawText,
  button: drawButton,
  image: drawImage,
  icon: drawIcon,
  video: drawVideo,
  separator: drawSeparator,
  filler: () => el("span", { className: "flex-filler" }),
  spacer: (component) => paint(el("span"), { flexBasis: gap(component.size ?? "md") }),
};

function draw(component, parent, deeds) {
  const drawn = (DRAW[component.type] ?? drawUnknown)(component, deeds, parent);
  paint(drawn, place(component));
  share(drawn, component, parent);
  return component.type === "button" ? drawn : makeTappable(drawn, component.action, deeds);
}

// How much of the parent's room a component takes: sideways all share alike unless told.
function share(drawn, component, parent) {
  const sideways = parent.layout !== "vertical";
  const still = ["icon", "separator", "spacer"].includes(component.type);
  const weight = component.flex ?? (component.type === "filler" || (sideways && !still) ? 1 : 0);
  if (component.width && component.type === "box") drawn.style.flex = "0 0 auto";
  else if (weight > 0) drawn.style.flex = sideways ? `${weight} 1 0` : `${weight} 0 auto`;
  else drawn.style.flex = sideways ? "0 1 auto" : "0 0 auto";
}

function drawBox(box, deeds) {
  const drawn = el("div", { className: `flex-box flex-${box.layout}` });
  paint(drawn, boxLook(box));
  (box.contents ?? []).forEach((component, index) => {
    const child = draw(component, box, deeds);
    const space = gap(component.margin) ?? gap(box.spacing);
    if (index > 0 && component.position !== "absolute") {
      child.style[box.layout === "vertical" ? "marginTop" : "marginInlineStart"] = space ?? "0";
    }
    drawn.append(child);
  });
  return drawn;
}

function drawText(component) {
  const drawn = el("p", { className: "flex-text", attrs: { dir: "auto" } });
  if (component.contents?.length) {
    drawn.append(...component.contents.map((span) => textLook(el("span", { text: span.text }), span)));
  } else {
    drawn.textContent = component.text;
  }
  drawn.classList.toggle("wrapped", component.wrap === true);
  if (component.wrap && component.maxLines > 0) {
    drawn.classList.add("clamped");
    drawn.style.webkitLineClamp = String(component.maxLines);
  }
  textLook(drawn, { size: "md", ...component });
  return paint(drawn, {
    textAlign: { start: "start", end: "end", center: "center" }[component.align],
    alignSelf: gravity(component.gravity),
    lineHeight: length(component.lineSpacing) && `calc(1.4em + ${component.lineSpacing})`,
  });
}

function textLook(drawn, component) {
  return paint(drawn, {
    fontSize: component.size && textSize(component.size),
    fontWeight: { bold: "700", regular: "400" }[component.weight],
    fontStyle: { italic: "italic", normal: "normal" }[component.style],
    textDecoration: { underline: "underline", "line-through": "line-through" }[component.decoration],
    color: colour(component.color),
  });
}

function drawButton(component, deeds) {
  const style = component.style ?? "link";
  const drawn = el("button", {
    className: `flex-button flex-${style} flex-height-${component.height ?? "md"}`,
    text: component.action.label ?? "",
    attrs: { type: "button" },
    on: { click: (event) => { event.stopPropagation(); perform(component.action, deeds); } },
  });
  const tint = colour(component.color);
  paint(drawn, style === "link" ? { color: tint } : { backgroundColor: tint });
  return paint(drawn, { alignSelf: gravity(component.gravity) });
}

function drawImage(component) {
  const picture = el("img", {
    attrs: { src: component.url, alt: component.action?.label ?? "", loading: "lazy" },
  });
  const drawn = el("div", { className: "flex-image", children: [picture] });
  picture.addEventListener("error", () => drawn.classList.add("missing"));
  paint(picture, { objectFit: component.aspectMode === "cover" ? "cover" : "contain" });
  return paint(drawn, {
    width: imageSize(component.size),
    aspectRatio: ratio(component.aspectRatio ?? "1:1"),
    alignSelf: edge(component.align ?? "center"),
    backgroundColor: colour(component.backgroundColor),
  });
}

function drawIcon(component) {
  const drawn = el("img", { className: "flex-icon", attrs: { src: component.url, alt: "" } });
  return paint(drawn, { height: textSize(component.size) });
}

function drawVideo(component, deeds) {
  return component.altContent ? draw(component.altContent, { layout: "vertical" }, deeds) : drawUnknown();
}

function drawSeparator(component, _deeds, parent) {
  const sideways = parent.layout !== "vertical";
  const drawn = el("span", { className: `flex-separator ${sideways ? "upright" : "level"}` });
  return paint(drawn, { backgroundColor: colour(component.color) });
}

function drawUnknown() {
  return el("span", { className: "flex-unknown", text: say("unknown") });
}
