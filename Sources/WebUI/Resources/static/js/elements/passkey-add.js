// Makes a passkey for the signed-in person.
import { find } from "../dom.js";
import { add, passkeysWork, reason } from "../passkeys.js";
import { say } from "../words.js";

class PasskeyAdd extends HTMLElement {
  connectedCallback() {
    const form = find(this, "form", HTMLFormElement);
    this.reason = find(this, "[data-reason]", HTMLElement);
    if (!passkeysWork()) {
      this.reason.textContent = say("passkeyUnknown");
      form.querySelector("button")?.remove();
      return;
    }
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.make(form);
    });
  }

  /** @param {HTMLFormElement} form */
  async make(form) {
    const [name, password] = ["name", "password"].map((field) => form.querySelector(`input[name=${field}]`));
    const button = find(form, "button", HTMLButtonElement);
    if (this.reason) this.reason.textContent = "";
    button.disabled = true;
    try {
      await add(
        name instanceof HTMLInputElement ? name.value.trim() : "",
        password instanceof HTMLInputElement ? password.value : undefined,
      );
      if (this.dataset.next) location.assign(this.dataset.next);
      else location.reload();
    } catch (error) {
      button.disabled = false;
      if (this.reason) this.reason.textContent = reason(error, this.dataset.address ?? "");
    }
  }
}
customElements.define("passkey-add", PasskeyAdd);
