// The text field: Enter sends, Shift+Enter breaks the line, an input method is left alone.

import { say } from "./texts.js";

export class Composer {
  constructor({ form, field, button, send }) {
    Object.assign(this, { form, field, button });
    form.addEventListener("submit", (event) => { event.preventDefault(); this.submit(send); });
    field.addEventListener("input", () => this.fit());
    field.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || composing(event)) return;
      event.preventDefault();
      this.submit(send);
    });
    this.fit();
  }

  label() {
    this.field.placeholder = say("write");
    this.field.setAttribute("aria-label", say("write"));
    this.button.setAttribute("aria-label", say("send"));
  }

  write(text) {
    this.field.value = text;
    this.fit();
    this.field.focus();
  }

  disable(off) {
    this.field.disabled = off;
    this.fit();
  }

  async submit(send) {
    const text = this.field.value;
    if (!text.trim()) return;
    this.write("");
    if (!(await send(text)) && !this.field.value) this.write(text);
  }

  fit() {
    this.button.disabled = this.field.disabled || !this.field.value.trim();
    this.field.style.height = "auto";
    // The height counts the border, the content's height does not: one line would scroll.
    const border = this.field.offsetHeight - this.field.clientHeight;
    this.field.style.height = `${this.field.scrollHeight + border}px`;
  }
}

// Safari ends the composition before it reports the Enter that ended it; 229 is its sign.
const composing = (event) => event.isComposing || event.keyCode === 229;
