// What every page loads. Pages with more to do load it themselves, when its element is there.
import "./swap.js";
import "./shortcuts.js";
import "./filters.js";
import "./elements/toast-region.js";
import "./elements/theme-switch.js";
import "./elements/copy-button.js";
import "./elements/live-events.js";

/** @type {Record<string, string>} */
const further = {
  "account-choice": "./elements/account-choice.js",
  "post-calendar": "./elements/post-calendar.js",
  "post-composer": "./elements/post-composer.js",
  "media-drop": "./elements/media-drop.js",
};
for (const [name, module] of Object.entries(further)) if (document.querySelector(name)) import(module);

const zone = document.querySelector("[data-own-zone]");
if (zone instanceof HTMLInputElement && !zone.value) zone.value = Intl.DateTimeFormat().resolvedOptions().timeZone;

const search = document.querySelector("[data-search]");
if (location.hash === "#search" && search instanceof HTMLElement) search.focus();
