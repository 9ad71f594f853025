// LINE's words for sizes and colours turned into CSS values. Anything else is ignored.
// https://developers.line.biz/en/docs/messaging-api/flex-message-layout/

const GAPS = { none: 0, xs: 2, sm: 4, md: 8, lg: 12, xl: 16, xxl: 20 };
const TEXT = {
  xxs: 11, xs: 13, sm: 14, md: 16, lg: 19, xl: 22, xxl: 29, "3xl": 35, "4xl": 48, "5xl": 74,
};
const IMAGE = {
  xxs: 40, xs: 60, sm: 80, md: 100, lg: 120, xl: 140, xxl: 160,
  "3xl": 180, "4xl": 200, "5xl": 220,
};
const BUBBLE = { nano: 120, micro: 160, deca: 220, hecto: 241, kilo: 260, mega: 300, giga: 386 };
const BORDER = { none: 0, light: 0.5, normal: 1, "semi-bold": 2, medium: 3, bold: 4 };
const EDGES = { start: "flex-start", end: "flex-end", center: "center" };
const JUSTIFY = {
  center: "center", "flex-start": "flex-start", "flex-end": "flex-end",
  "space-between": "space-between", "space-around": "space-around",
  "space-evenly": "space-evenly",
};
const GRAVITY = { top: "flex-start", center: "center", bottom: "flex-end" };

const LENGTH = /^\d+(\.\d+)?(px|%)$/;
const SIGNED = /^-?\d+(\.\d+)?(px|%)$/;
const COLOUR = /^#([0-9a-f]{6}|[0-9a-f]{8})$/i;
const RATIO = /^(\d+(?:\.\d+)?):(\d+(?:\.\d+)?)$/;

const named = (table, value, pattern = LENGTH) => {
  if (value in table) return `${table[value]}px`;
  return pattern.test(value) ? value : undefined;
};

export const gap = (value) => named(GAPS, value ?? "");
export const textSize = (value) => named(TEXT, value ?? "md") ?? "16px";
export const imageSize = (value) => (value === "full" ? "100%" : named(IMAGE, value ?? "md"));
export const bubbleWidth = (value) => `${BUBBLE[value] ?? BUBBLE.mega}px`;
export const colour = (value) => (COLOUR.test(value ?? "") ? value : undefined);
export const length = (value) => (LENGTH.test(value ?? "") ? value : undefined);
export const ratio = (value) => {
  const found = RATIO.exec(value ?? "");
  return found ? `${found[1]} / ${found[2]}` : undefined;
};
export const gravity = (value) => GRAVITY[value];
export const edge = (value) => EDGES[value];

// Sets only what is known, so that the style sheet keeps its say about the rest.
export function paint(node, styles) {
  for (const [name, value] of Object.entries(styles)) {
    if (value !== undefined) node.style[name] = value;
  }
  return node;
}

export function boxLook(box) {
  const edges = (name) => gap(box[name]) ?? gap(box.paddingAll);
  return {
    backgroundColor: colour(box.backgroundColor),
    backgroundImage: gradient(box.background),
    borderColor: colour(box.borderColor),
    borderWidth: named(BORDER, box.borderWidth ?? ""),
    borderRadius: gap(box.cornerRadius),
    paddingTop: edges("paddingTop"),
    paddingBottom: edges("paddingBottom"),
    paddingInlineStart: edges("paddingStart"),
    paddingInlineEnd: edges("paddingEnd"),
    width: length(box.width),
    height: length(box.height),
    maxWidth: length(box.maxWidth),
    maxHeight: length(box.maxHeight),
    justifyContent: JUSTIFY[box.justifyContent],
    alignItems: JUSTIFY[box.alignItems],
  };
}

export function place(component) {
  const offset = (value) => named(GAPS, value ?? "", SIGNED);
  const away = component.position === "absolute";
  return {
    position: away ? "absolute" : undefined,
    top: offset(component.offsetTop),
    bottom: offset(component.offsetBottom),
    insetInlineStart: offset(component.offsetStart),
    insetInlineEnd: offset(component.offsetEnd),
  };
}

function gradient(background) {
  if (background?.type !== "linearGradient") return undefined;
  const colours = [background.startColor, background.centerColor, background.endColor];
  const known = colours.map(colour).filter(Boolean);
  const angle = /^\d+(\.\d+)?deg$/.test(background.angle ?? "") ? background.angle : "0deg";
  return known.length > 1 ? `linear-gradient(${angle}, ${known.join(", ")})` : undefined;
}
