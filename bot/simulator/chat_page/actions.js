// What happens when something with a LINE action is tapped.

import { el, toast } from "./dom.js";
import { say } from "./texts.js";

const OPENABLE = /^(https?|line|tel):/i;

// `deeds` = { say(text), tap(data, displayText), write(text) }
export function perform(action, deeds) {
  switch (action.type) {
    case "message":
      return deeds.say(action.text);
    case "postback":
      if (action.inputOption === "openKeyboard") deeds.write(action.fillInText ?? "");
      return deeds.tap(action.data, action.displayText ?? action.text);
    case "uri":
      if (OPENABLE.test(action.uri)) window.open(action.uri, "_blank", "noopener,noreferrer");
      return undefined;
    case "clipboard":
      return navigator.clipboard.writeText(action.clipboardText).then(() => toast(say("copied")));
    default:
      return toast(say("notHere"));
  }
}

export function actionButton(action, deeds, className) {
  return el("button", {
    className,
    text: action.label ?? "",
    attrs: { type: "button" },
    on: { click: () => perform(action, deeds) },
  });
}

// Makes any element act; keyboards and screen readers then treat it as a button.
export function makeTappable(node, action, deeds) {
  if (!action) return node;
  node.classList.add("tappable");
  node.setAttribute("role", "button");
  node.tabIndex = 0;
  if (action.label) node.setAttribute("aria-label", action.label);
  const act = (event) => { event.stopPropagation(); perform(action, deeds); };
  node.addEventListener("click", act);
  node.addEventListener("keydown", (event) => {
    if (event.key === "Enter" || event.key === " ") { event.preventDefault(); act(event); }
  });
  return node;
}
