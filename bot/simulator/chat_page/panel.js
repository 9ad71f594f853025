// The simulator's own side: who speaks, the quota, faults, LINE's record.

import { el, toast } from "./dom.js";
import { armFault, clearFaults, follow, setLanguage, unfollow } from "./line.js";
import { LANGUAGES, language, say } from "./texts.js";

const LOG_LINES = 60;
const CALLS = ["reply", "push", "loading"];

export class Panel {
  // `choose(personId)` is called when another person shall speak.
  constructor({ place, toggle, choose }) {
    Object.assign(this, { place, toggle, choose });
    this.log = el("ol", { className: "log", attrs: { tabindex: "0" } });
    // These two change while someone may be using the rest, so they alone are drawn anew.
    this.quota = el("div", { className: "quota" });
    this.waiting = el("div", { className: "armed" });
    this.body = el("div", { className: "panel-body" });
    place.append(this.body);
    toggle.addEventListener("click", () => this.open(place.hidden));
    place.addEventListener("keydown", (event) => { if (event.key === "Escape") this.open(false); });
    this.open(matchMedia("(min-width: 900px)").matches, { focus: false });
  }

  open(yes, { focus = true } = {}) {
    this.place.hidden = !yes;
    this.toggle.setAttribute("aria-expanded", String(yes));
    if (focus) (yes ? this.place.querySelector("button, input") : this.toggle)?.focus();
  }

  draw(state, person) {
    this.toggle.setAttribute("aria-label", say("settings"));
    this.place.setAttribute("aria-label", say("settings"));
    const close = el("button", {
      className: "icon-button close",
      text: "×",
      attrs: { type: "button", "aria-label": say("close") },
      on: { click: () => this.open(false) },
    });
    const held = document.activeElement?.name;
    this.body.replaceChildren(
      el("header", { children: [el("h2", { text: say("settings") }), close] }),
      this.people(state, person),
      this.languages(person),
      group(say("quota"), [this.quota]),
      this.faults(state.faultKinds),
      this.friendship(person),
      group(say("log"), [this.log]),
    );
    this.refresh(state);
    if (held) this.place.querySelector(`[name="${held}"]:checked`)?.focus();
  }

  refresh({ quota, faults }) {
    this.quota.replaceChildren(...drawQuota(quota));
    this.waiting.replaceChildren(...drawWaiting(faults));
  }

  people(state, person) {
    const options = state.people.map(({ id, name }) => [id, say("people")[name] ?? name]);
    return choice("person", say("person"), options, person.id, this.choose);
  }

  languages(person) {
    const change = (tag) => attempt(setLanguage(person.id, tag));
    return choice("language", say("language"), Object.entries(LANGUAGES), language(), change);
  }

  faults(kinds) {
    const kind = select("fault", say("fault"), kinds.map((one) => [one, faultName(one)]));
    const calls = select("calls", say("faultCalls"), CALLS.map((one) => [one, callName(one)]));
    const count = el("input", { attrs: { type: "number", min: 1, max: 99, value: 1 } });
    const times = el("label", { children: [el("span", { text: say("faultCount") }), count] });
    const arm = button(say("arm"), () =>
      attempt(armFault(kind.field.value, [calls.field.value], Number(count.value) || 1)));
    const pair = el("div", { className: "pair", children: [calls.label, times] });
    return group(say("faults"), [kind.label, pair, arm, this.waiting]);
  }

  friendship(person) {
    const [label, deed] = person.blocked ? ["unblock", follow] : ["block", unfollow];
    return group(say("friendship"), [button(say(label), () => attempt(deed(person.id)))]);
  }

  note(entry) {
    const words = describe(entry);
    if (!words) return;
    const [bad, text] = words;
    this.log.prepend(el("li", { className: bad ? "bad" : "", text }));
    if (this.log.children.length > LOG_LINES) this.log.lastElementChild.remove();
  }

  forget() {
    this.log.replaceChildren();
  }
}

function drawQuota({ limit, used }) {
  const words = limit === null ? `${used} · ${say("noLimit")}` : `${used} / ${limit}`;
  const left = limit !== null && el("span", { text: say("left")(Math.max(0, limit - used)) });
  const numbers = el("p", {
    className: "numbers",
    children: [el("strong", { text: words }), left],
  });
  if (limit === null) return [numbers];
  const bar = { max: limit || 1, value: used, "aria-label": say("quota") };
  return [numbers, el("progress", { attrs: bar })];
}

function drawWaiting(faults) {
  if (faults.length === 0) return [];
  const lines = faults.map(({ fault, calls, count }) =>
    el("li", { text: `${faultName(fault)} · ${calls.map(callName).join(", ")} × ${count}` }));
  const list = el("ul", { attrs: { "aria-label": say("waiting") }, children: lines });
  return [list, button(say("disarm"), () => attempt(clearFaults()))];
}

// One line for the record, and whether something went wrong.
function describe(entry) {
  switch (entry.kind) {
    case "webhook":
      return [!taken(entry.status), `→ webhook ${entry.type}: ${entry.status ?? "–"}${again(entry)}`];
    case "bot_message":
      return [false, `← ${entry.call} ${entry.message.type}`];
    case "loading":
      return [false, `← loading ${entry.seconds} s`];
    case "refused":
      return [true, `← ${entry.call}: ${entry.status ?? "–"} ${entry.message}`];
    default:
      return undefined;
  }
}

const taken = (status) => status >= 200 && status < 300;
const again = ({ attempt: number }) => (number > 1 ? ` (#${number})` : "");
const callName = (call) => say("calls")[call] ?? call;
const faultName = (fault) => say("kinds")[fault] ?? fault;

const group = (title, children) =>
  el("section", { children: [el("h3", { text: title }), ...children] });

const button = (text, act) =>
  el("button", { className: "pill", text, attrs: { type: "button" }, on: { click: act } });

function choice(name, title, options, chosen, change) {
  const radios = options.map(([value, text]) => {
    const radio = el("input", { attrs: { type: "radio", name, value } });
    radio.checked = value === chosen;
    radio.addEventListener("change", () => change(value));
    return el("label", { children: [radio, el("span", { text })] });
  });
  const legend = el("legend", { text: title });
  const row = el("div", { className: "segments", children: radios });
  return el("fieldset", { children: [legend, row] });
}

function select(id, title, options) {
  const field = el("select", {
    attrs: { id },
    children: options.map(([value, text]) => el("option", { text, attrs: { value } })),
  });
  return { field, label: el("label", { children: [el("span", { text: title }), field] }) };
}

const attempt = (promise) => promise.catch(() => toast(say("failed")));
