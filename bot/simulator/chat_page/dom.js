// Builds elements. Text goes in as text only, so nothing a message holds becomes markup.

export function el(tag, { className, text, attrs, on, children } = {}) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  for (const [name, value] of Object.entries(attrs ?? {})) {
    if (value !== undefined && value !== null && value !== false) node.setAttribute(name, value);
  }
  for (const [name, listener] of Object.entries(on ?? {})) node.addEventListener(name, listener);
  node.append(...(children ?? []).filter(Boolean));
  return node;
}

const LINK = /https?:\/\/[^\s<>"'、。）」』]+/g;

// Text with its web addresses made links, as LINE does.
export function linked(text) {
  const parts = document.createDocumentFragment();
  let done = 0;
  for (const match of text.matchAll(LINK)) {
    parts.append(text.slice(done, match.index), link(match[0], match[0]));
    done = match.index + match[0].length;
  }
  parts.append(text.slice(done));
  return parts;
}

export function link(address, text) {
  return el("a", { text, attrs: { href: address, target: "_blank", rel: "noopener noreferrer" } });
}

let hiding;

export function toast(text) {
  const place = document.getElementById("toast");
  place.textContent = text;
  place.hidden = false;
  clearTimeout(hiding);
  hiding = setTimeout(() => { place.hidden = true; }, 3200);
}
