// <table-file> sends a table as soon as it is chosen, and goes to what it would become.
import { call } from "../api.js";
import { find } from "../dom.js";
import { say } from "../words.js";

class TableFile extends HTMLElement {
  connectedCallback() {
    const input = find(this, "input[type=file]", HTMLInputElement);
    input.addEventListener("change", () => this.send(input));
  }

  /** @param {HTMLInputElement} input */
  async send(input) {
    const [file] = input.files ?? [];
    if (!file) return;
    const reason = find(this, "[data-reason]", HTMLElement);
    reason.textContent = "";
    input.disabled = true;
    try {
      const path = `/api/posts/import?dryRun=true&name=${encodeURIComponent(file.name.slice(0, 200))}`;
      const check = await call("POST", path, file, { "Content-Type": "application/octet-stream" });
      location.assign(`/posts/import/${check.importId}`);
    } catch (error) {
      reason.textContent = error instanceof TypeError || !(error instanceof Error) ? say("notReached") : error.message;
      input.disabled = false;
      input.value = "";
    }
  }
}
customElements.define("table-file", TableFile);
