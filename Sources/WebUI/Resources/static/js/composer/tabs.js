// One tab for what all channels share, and one for each channel that may differ.
import { find, make } from "../dom.js";
import { say } from "../words.js";
import { comparison } from "./bars.js";
import { partsOf, shared } from "./document.js";

/** @typedef {import("./page.js").Channel} Channel */

export class Tabs {
  /** @param {HTMLElement} root @param {{open: (id: string) => void, share: (id: string) => void}} deeds */
  constructor(root, deeds) {
    this.region = find(root, "[data-versions]", HTMLElement);
    this.list = find(this.region, "[role=tablist]", HTMLElement);
    this.panel = find(root, "#parts", HTMLElement);
    this.note = find(root, "[data-version-note]", HTMLElement);
    this.deeds = deeds;
    this.shown = "";
    /** @type {HTMLElement | undefined} */
    this.compared = undefined;
    this.compare = () => make("div");
  }

  /** @param {Channel[]} channels Those that are chosen. @param {string} active @param {import("./document.js").Writing} writing @param {boolean} useful */
  show(channels, active, writing, useful) {
    const own = Object.keys(writing.versions);
    this.compare = () => {
      const text = (/** @type {string} */ tab) => partsOf(writing, tab).map((part) => part.text).join("\n\n");
      return comparison(text(active), text(shared), [say("ownVersion"), say("allChannels")]);
    };
    if (this.compared) this.compared.replaceChildren(this.compare());
    const state = JSON.stringify([channels.map((one) => one.id), active, own]);
    if (state === this.shown) return;
    this.shown = state;
    const hadFocus = this.list.contains(document.activeElement);
    this.region.hidden = !useful;
    this.name(active, useful);
    const tabs = [{ id: shared, label: say("allChannels") }, ...channels.map((one) => ({ id: one.id, label: one.handle, channel: one }))];
    const ids = tabs.map((tab) => tab.id);
    this.list.replaceChildren(...tabs.map((tab) => this.tab(tab, active, own.includes(tab.id), ids)));
    if (hadFocus) this.focus();
    this.hideDifferences();
    this.note.hidden = active === shared;
    this.note.replaceChildren(make("span", {}, say(own.includes(active) ? "ownText" : "sameText")));
    if (!own.includes(active)) return;
    const reset = make("button", { type: "button", class: "button small" }, say("resetToShared"));
    reset.addEventListener("click", () => this.deeds.share(active));
    const differences = make("button", { type: "button", class: "button quiet small", "aria-expanded": "false" }, say("showDifferences"));
    differences.addEventListener("click", () => {
      const isShown = this.compared !== undefined;
      differences.setAttribute("aria-expanded", String(!isShown));
      if (isShown) return this.hideDifferences();
      this.compared = make("div", {}, this.compare());
      this.note.after(this.compared);
    });
    this.note.append(make("span", { class: "row" }, differences, reset));
  }

  /**
   * Says which tab's text the parts are; without tabs they are no panel.
   * @param {string} active @param {boolean} useful
   */
  name(active, useful) {
    if (!useful) return ["role", "aria-labelledby"].forEach((name) => this.panel.removeAttribute(name));
    this.panel.setAttribute("role", "tabpanel");
    this.panel.setAttribute("aria-labelledby", nameOf(active));
  }

  hideDifferences() {
    this.compared?.remove();
    this.compared = undefined;
  }

  focus() {
    find(this.list, '[aria-selected="true"]', HTMLElement).focus();
  }

  /** @param {{id: string, label: string, channel?: Channel}} tab @param {string} active @param {boolean} differs @param {string[]} ids */
  tab({ id, label, channel }, active, differs, ids) {
    const mark = channel ? [make("span", { class: "mark", "data-platform": channel.platform, "aria-hidden": "true" }, channel.mark), make("span", { class: "spoken" }, `${channel.platformName} `)] : [];
    const button = make("button", { type: "button", role: "tab", id: nameOf(id), "data-tab": id, "aria-selected": String(id === active), "aria-controls": "parts" }, ...mark, make("span", { class: "clip" }, label));
    button.tabIndex = id === active ? 0 : -1;
    if (differs) button.append(make("span", { class: "changed", title: say("ownText") }), make("span", { class: "spoken" }, say("ownText")));
    button.addEventListener("click", () => this.deeds.open(id));
    button.addEventListener("keydown", (event) => {
      const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
      const next = ids[ids.indexOf(id) + step];
      if (!step || !next) return;
      this.deeds.open(next);
      this.focus();
    });
    return button;
  }
}

/** @param {string} tab */
function nameOf(tab) {
  return `tab-${tab}`;
}
