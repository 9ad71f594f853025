// The rich menu: a picture with places to tap, opened from a bar below the text field.

import { perform } from "./actions.js";
import { el } from "./dom.js";
import { loadMenu, menuImage } from "./line.js";

export class RichMenu {
  constructor({ place, deeds }) {
    Object.assign(this, { place, deeds });
  }

  async show(person) {
    const { menu } = await loadMenu(person);
    this.place.hidden = menu === null;
    this.place.replaceChildren(...(menu === null ? [] : this.draw(menu, person)));
  }

  draw(menu, person) {
    const { width, height } = menu.size;
    const percent = (part, whole) => `${(100 * part) / whole}%`;
    const areas = menu.areas.map(({ bounds, action }) => {
      const area = el("button", {
        className: "menu-area",
        attrs: { type: "button", "aria-label": action.label ?? action.text ?? action.type },
        on: { click: () => perform(action, this.deeds) },
      });
      Object.assign(area.style, {
        left: percent(bounds.x, width),
        top: percent(bounds.y, height),
        width: percent(bounds.width, width),
        height: percent(bounds.height, height),
      });
      return area;
    });
    const picture = el("img", { attrs: { src: menuImage(person, menu.name), alt: menu.name } });
    const board = el("div", { className: "menu-board", children: [picture, ...areas] });
    board.hidden = !menu.selected;
    const bar = el("button", {
      className: "menu-bar",
      text: menu.chatBarText,
      attrs: { type: "button", "aria-expanded": String(menu.selected) },
      on: {
        click: () => {
          board.hidden = !board.hidden;
          bar.setAttribute("aria-expanded", String(!board.hidden));
        },
      },
    });
    return [bar, board];
  }
}
