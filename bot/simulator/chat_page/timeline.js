// The chat itself: messages in order, days between them, read marks, the loading dots.

import { actionButton } from "./actions.js";
import { el } from "./dom.js";
import { drawMessage, drawText } from "./messages.js";
import { language, say } from "./texts.js";

const RUN_MS = 5 * 60 * 1000;
const NEAR_END_PX = 120;

export class Timeline {
  constructor({ list, scroll, empty, newer, deeds, botName }) {
    Object.assign(this, { list, scroll, empty, newer, deeds, botName });
    newer.addEventListener("click", () => this.toEnd("smooth"));
    // Pictures and the keyboard change heights late; whoever was at the end stays there.
    this.atEnd = true;
    scroll.addEventListener("scroll", () => {
      this.atEnd = this.nearEnd();
      if (this.atEnd) newer.hidden = true;
    });
    const watch = new ResizeObserver(() => { if (this.atEnd) this.toEnd(); });
    watch.observe(list);
    watch.observe(scroll);
    this.clear();
  }

  clear() {
    this.list.replaceChildren();
    this.lastDay = this.lastSender = undefined;
    this.lastAt = 0;
    this.dots = undefined;
    clearTimeout(this.dotsEnd);
    this.rows = new Map();
    this.read = new Set();
    this.empty.replaceChildren(...this.invite());
    this.empty.hidden = false;
    this.newer.hidden = true;
    this.atEnd = true;
  }

  // What an empty chat shows: a word, and a few things to say by a tap.
  invite() {
    const buttons = say("examples").map((text) =>
      actionButton({ type: "message", label: text, text }, this.deeds, "chip"));
    return [
      el("p", { text: say("empty") }),
      el("div", { className: "examples", children: buttons }),
    ];
  }

  add(entry) {
    switch (entry.kind) {
      case "bot_message":
        this.stopLoading();
        this.append(entry, "bot", drawMessage(entry.message, this.deeds));
        break;
      case "user_message":
        if (entry.message) this.append(entry, "me", drawMessage(entry.message, this.deeds));
        else if (entry.text) this.append(entry, "me", drawText(entry.text));
        break;
      case "read":
        this.markRead(entry.messageId);
        break;
      case "loading":
        this.startLoading(entry.endsAt - entry.now);
        break;
      case "unsent":
        this.rows.get(entry.messageId)?.replaceWith(notice(say("unsent")));
        break;
      default:
    }
  }

  append(entry, side, content) {
    const at = new Date(entry.at);
    this.separateDays(at);
    const sender = side === "me" ? entry.sender : "bot";
    const run = sender === this.lastSender && at - this.lastAt < RUN_MS;
    const row = this.makeRow({ entry, side, run, at, content });
    this.lastSender = sender;
    this.lastAt = at;
    this.empty.hidden = true;
    this.list.append(row);
    if (this.dots) this.list.append(this.dots);
    if (entry.messageId) this.rows.set(entry.messageId, row);
    if (this.read.has(entry.messageId)) this.markRead(entry.messageId);
    if (this.atEnd || side === "me") this.follow();
    else this.offerNewer();
  }

  makeRow({ entry, side, run, at, content }) {
    const wide = content.matches(".carousel");
    const time = el("time", { text: clock(at), attrs: { datetime: entry.at } });
    const meta = el("span", { className: "meta", children: [side === "me" && mark(), time] });
    const line = el("div", { className: "line", children: [content, meta] });
    const name = side === "bot" && !run && el("span", { className: "name", text: this.botName });
    return el("li", {
      className: `row ${side}${run ? " run" : ""}${wide ? " wide" : ""}`,
      children: [
        side === "bot" && seal(),
        el("div", { className: "column", children: [name, line] }),
      ],
    });
  }

  separateDays(at) {
    const day = at.toDateString();
    if (day === this.lastDay) return;
    this.lastDay = day;
    this.lastSender = undefined;
    this.list.append(el("li", { className: "day", children: [el("span", { text: dayName(at) })] }));
  }

  markRead(messageId) {
    this.read.add(messageId);
    const place = this.rows.get(messageId)?.querySelector(".read");
    if (place) place.textContent = say("read");
  }

  startLoading(forMs) {
    this.stopLoading();
    if (forMs <= 0) return;
    const label = `${this.botName} ${say("typing")}`;
    const dots = el("div", {
      className: "bubble dots",
      attrs: { role: "img", "aria-label": label },
      children: [el("i"), el("i"), el("i")],
    });
    this.dots = el("li", { className: "row bot loading", children: [seal(), dots] });
    this.list.append(this.dots);
    this.dotsEnd = setTimeout(() => this.stopLoading(), forMs);
    if (this.atEnd) this.follow();
  }

  stopLoading() {
    clearTimeout(this.dotsEnd);
    this.dots?.remove();
    this.dots = undefined;
  }

  nearEnd() {
    const { scrollHeight, scrollTop, clientHeight } = this.scroll;
    return scrollHeight - scrollTop - clientHeight < NEAR_END_PX;
  }

  // Once a frame: a long history comes in at one go, and asking for heights is dear.
  follow() {
    this.atEnd = true;
    this.following ??= requestAnimationFrame(() => {
      this.following = undefined;
      this.toEnd();
    });
  }

  toEnd(behavior = "instant") {
    this.newer.hidden = true;
    this.scroll.scrollTo({ top: this.scroll.scrollHeight, behavior });
  }

  offerNewer() {
    this.newer.textContent = `↓ ${say("newer")}`;
    this.newer.hidden = false;
  }
}

const seal = () => el("span", { className: "seal", text: "伝", attrs: { "aria-hidden": "true" } });
const mark = () => el("span", { className: "read" });
const notice = (text) => el("li", { className: "day", children: [el("span", { text })] });
// Making one costs more than drawing a message.
const clocks = {};

function clock(at) {
  const parts = { hour: "numeric", minute: "2-digit" };
  clocks[language()] ??= new Intl.DateTimeFormat(language(), parts);
  return clocks[language()].format(at);
}

function dayName(at) {
  const today = new Date();
  const yesterday = new Date(today.getFullYear(), today.getMonth(), today.getDate() - 1);
  if (at.toDateString() === today.toDateString()) return say("today");
  if (at.toDateString() === yesterday.toDateString()) return say("yesterday");
  const parts = { weekday: "short", day: "numeric", month: "short" };
  return new Intl.DateTimeFormat(language(), parts).format(at);
}
