// Draws one message of any kind. Knows nothing of where in the chat it stands.

import { actionButton, makeTappable } from "./actions.js";
import { el, linked } from "./dom.js";
import { drawFlex } from "./flex.js";
import { say } from "./texts.js";

export function drawMessage(message, deeds) {
  switch (message.type) {
    case "text":
      return drawText(message.text);
    case "textV2":
      return drawText(message.text.replaceAll("{{", "{").replaceAll("}}", "}"));
    case "flex":
      return drawFlex(message.contents, deeds);
    case "template":
      return drawTemplate(message, deeds);
    case "image":
      return drawImage(message.previewImageUrl ?? message.originalContentUrl);
    case "sticker":
      return placeholder("sticker", "☺", `${message.packageId} · ${message.stickerId}`);
    case "video":
      return placeholder("video", "▶");
    case "audio":
      return placeholder("audio", "♪");
    case "location":
      return placeholder("location", "⌖", [message.title, message.address].filter(Boolean).join(" · "));
    case "file":
      return placeholder("file", "▤", message.fileName);
    default:
      return placeholder("unknown", "?", message.type);
  }
}

export function drawText(text) {
  return el("div", { className: "bubble", attrs: { dir: "auto" }, children: [linked(text)] });
}

function drawImage(address) {
  if (!address) return placeholder("photo", "▣");
  const picture = el("img", { className: "photo", attrs: { src: address, alt: say("photo") } });
  picture.addEventListener("error", () => picture.replaceWith(placeholder("photoMissing", "▣")));
  return picture;
}

function placeholder(kind, sign, detail) {
  return el("div", {
    className: "placeholder",
    children: [
      el("span", { className: "sign", text: sign, attrs: { "aria-hidden": "true" } }),
      el("span", { className: "kind", text: say(kind) }),
      detail && el("span", { className: "detail", text: detail, attrs: { dir: "auto" } }),
    ],
  });
}

function drawTemplate({ template, altText }, deeds) {
  switch (template.type) {
    case "buttons":
    case "confirm":
      return card(template, deeds, template.type === "confirm" ? "pair" : "stack");
    case "carousel":
      return row(template.columns.map((column) => card(column, deeds, "stack")));
    case "image_carousel":
      return row(template.columns.map((column) => imageColumn(column, deeds)));
    default:
      return placeholder("unknown", "?", altText);
  }
}

function row(cards) {
  return el("div", {
    className: "carousel",
    attrs: { role: "group", "aria-label": say("carousel"), tabindex: "0" },
    children: cards,
  });
}

function card(part, deeds, arrangement) {
  const image = part.thumbnailImageUrl;
  const head = el("div", {
    className: "card-head",
    children: [
      image && el("img", { className: "card-image", attrs: { src: image, alt: "" } }),
      part.title && el("p", { className: "card-title", text: part.title, attrs: { dir: "auto" } }),
      el("p", { className: "card-text", text: part.text, attrs: { dir: "auto" } }),
    ],
  });
  makeTappable(head, part.defaultAction, deeds);
  const buttons = part.actions.map((action) => actionButton(action, deeds, "card-button"));
  return el("div", {
    className: "card",
    children: [head, el("div", { className: `card-actions ${arrangement}`, children: buttons })],
  });
}

function imageColumn(column, deeds) {
  const picture = el("img", { attrs: { src: column.imageUrl, alt: column.action.label ?? "" } });
  const label = column.action.label && el("span", { text: column.action.label });
  const tile = el("div", { className: "image-column", children: [picture, label] });
  return makeTappable(tile, column.action, deeds);
}
