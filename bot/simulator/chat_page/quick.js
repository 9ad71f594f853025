// Quick replies: below the newest message only, gone with the next one.

import { perform } from "./actions.js";
import { el } from "./dom.js";
import { say } from "./texts.js";

export class QuickReplies {
  constructor({ place, deeds }) {
    Object.assign(this, { place, deeds });
  }

  add(entry) {
    if (entry.kind === "bot_message") this.show(entry.message.quickReply?.items ?? []);
    else if (entry.kind === "user_message") this.show([]);
  }

  show(items) {
    this.place.replaceChildren(...items.map((item) => this.chip(item)));
    this.place.setAttribute("aria-label", say("quick"));
    this.place.hidden = items.length === 0;
    this.place.scrollLeft = 0;
  }

  chip({ action, imageUrl }) {
    return el("button", {
      className: "chip",
      attrs: { type: "button" },
      on: { click: () => { this.show([]); perform(action, this.deeds); } },
      children: [
        imageUrl && el("img", { attrs: { src: imageUrl, alt: "" } }),
        el("span", { text: action.label }),
      ],
    });
  }
}
