// Puts the page together: the record comes in, each part takes what it shows.

import { Composer } from "./composer.js";
import { toast } from "./dom.js";
import { loadState, openStream, sendTap, sendText } from "./line.js";
import { RichMenu } from "./menu.js";
import { Panel } from "./panel.js";
import { QuickReplies } from "./quick.js";
import { say, useLanguage } from "./texts.js";
import { Timeline } from "./timeline.js";

const byId = (id) => document.getElementById(id);
const REMEMBERED = "denrei.person";

class Chat {
  constructor(state) {
    this.state = state;
    this.entries = [];
    this.online = true;
    const deeds = {
      say: (text) => this.attempt(sendText(this.personId, text)),
      tap: (data, shown) => this.attempt(sendTap(this.personId, data, shown)),
      write: (text) => this.composer.write(text),
    };
    this.timeline = new Timeline({
      list: byId("timeline"), scroll: byId("scroll"), empty: byId("empty"), newer: byId("newer"),
      deeds, botName: state.bot.name,
    });
    this.quick = new QuickReplies({ place: byId("quick"), deeds });
    this.menu = new RichMenu({ place: byId("menu"), deeds });
    this.composer = new Composer({
      form: byId("composer"), field: byId("text"), button: byId("send"), send: deeds.say,
    });
    this.panel = new Panel({
      place: byId("panel"), toggle: byId("panel-toggle"), choose: (id) => this.become(id),
    });
    byId("bot-name").textContent = state.bot.name;
    this.become(this.firstPerson());
  }

  get person() {
    return this.state.people.find(({ id }) => id === this.personId) ?? this.state.people[0];
  }

  firstPerson() {
    const wanted = localStorage.getItem(REMEMBERED);
    const known = this.state.people.some(({ id }) => id === wanted);
    return known ? wanted : this.state.people[0].id;
  }

  become(personId) {
    this.personId = personId;
    localStorage.setItem(REMEMBERED, personId);
    this.relabel();
    this.menu.show(personId).catch(() => toast(say("failed")));
    // On a phone this would open the keyboard over the chat.
    if (matchMedia("(hover: hover)").matches) byId("text").focus({ preventScroll: true });
  }

  // Everything again, in the person's language.
  relabel() {
    useLanguage(this.person.language);
    this.composer.label();
    byId("scroll").setAttribute("aria-label", this.state.bot.name);
    this.timeline.clear();
    this.quick.show([]);
    for (const entry of this.entries) this.show(entry);
    this.settle();
  }

  settle() {
    this.panel.draw(this.state, this.person);
    this.composer.disable(this.person.blocked);
    const presence = this.person.blocked ? "blocked" : "online";
    byId("presence").textContent = say(this.online ? presence : "offline");
    byId("phone").classList.toggle("offline", !this.online);
    byId("phone").classList.toggle("blocked", this.person.blocked);
  }

  take(entry) {
    this.entries.push(entry);
    this.panel.note(entry);
    this.show(entry);
    this.adjust(entry);
  }

  show(entry) {
    if (entry.chatId !== this.personId) return;
    this.timeline.add(entry);
    this.quick.add(entry);
  }

  // Entries that change what the panel says or how the page looks.
  adjust(entry) {
    const change = {
      quota: () => this.tell({ quota: { limit: entry.limit, used: entry.used } }),
      faults: () => this.tell({ faults: entry.waiting }),
      followed: () => this.change(entry.chatId, { blocked: false }),
      unfollowed: () => this.change(entry.chatId, { blocked: true }),
      profile: () => this.change(entry.chatId, { language: entry.language }),
      menu: () => this.menu.show(this.personId),
    }[entry.kind];
    change?.();
  }

  tell(what) {
    Object.assign(this.state, what);
    this.panel.refresh(this.state);
  }

  change(personId, what) {
    const person = this.state.people.find(({ id }) => id === personId);
    if (!person) return;
    Object.assign(person, what);
    if (personId === this.personId) this.relabel();
  }

  forget() {
    this.entries = [];
    this.panel.forget();
    this.relabel();
  }

  connected(yes) {
    if (yes === this.online) return;
    this.online = yes;
    this.settle();
  }

  // False when the stand-in did not take it.
  async attempt(promise) {
    try {
      await promise;
      return true;
    } catch {
      toast(say("failed"));
      return false;
    }
  }
}

function showClock() {
  const now = new Intl.DateTimeFormat("en-GB", { hour: "numeric", minute: "2-digit" });
  byId("clock").textContent = now.format(new Date());
}

const chat = new Chat(await loadState());
openStream({
  entry: (entry) => chat.take(entry),
  reset: () => chat.forget(),
  online: (yes) => chat.connected(yes),
});
showClock();
setInterval(showClock, 10_000);
