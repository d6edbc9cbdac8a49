// Light, dark, or as the system has it. The cookie lets the server draw the first frame in the right one.
import { icon, make } from "../dom.js";
import { say } from "../words.js";

const themes = ["system", "light", "dark"];

class ThemeSwitch extends HTMLElement {
  connectedCallback() {
    const button = make("button", { class: "icon-button small", type: "button" }, icon("theme"));
    this.replaceChildren(button);
    const show = () => {
      const words = say("theme", { theme: say(`theme_${this.current}`) });
      button.setAttribute("aria-label", words);
      button.setAttribute("title", words);
    };
    button.addEventListener("click", () => {
      this.choose(themes[(themes.indexOf(this.current) + 1) % themes.length]);
      show();
    });
    show();
  }

  get current() {
    return document.documentElement.dataset.theme ?? "system";
  }

  /** @param {string} theme */
  choose(theme) {
    if (theme === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    document.cookie = `postiz_theme=${theme}; path=/; max-age=31536000; samesite=lax`;
  }
}
customElements.define("theme-switch", ThemeSwitch);
