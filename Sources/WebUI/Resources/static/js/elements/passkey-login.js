// A button that signs in with a passkey. With data-suggest, passkeys stand among the suggestions of the address field as well.
import { Refusal } from "../api.js";
import { find } from "../dom.js";
import { passkeysWork, reason, signIn } from "../passkeys.js";

/** A challenge ends after five minutes. */
const FRESH = 4 * 60_000;

class PasskeyLogin extends HTMLElement {
  connectedCallback() {
    if (!passkeysWork()) {
      this.remove();
      return;
    }
    this.button = find(this, "button", HTMLButtonElement);
    this.button.addEventListener("click", () => this.ask());
    if (!("suggest" in this.dataset)) return;
    this.suggest();
    const renew = () => {
      if (this.suggesting && document.visibilityState === "visible" && performance.now() - this.since > FRESH) this.suggest();
    };
    document.addEventListener("visibilitychange", renew);
    document.addEventListener("focusin", renew);
  }

  since = 0;
  suggesting = false;
  /** @type {AbortController | undefined} */
  waiting;

  /** @param {"conditional"} [mediation] */
  async enter(mediation) {
    // There is one question at a time.
    this.waiting?.abort();
    const asked = (this.waiting = new AbortController());
    this.since = performance.now();
    this.suggesting = mediation === "conditional";
    const { ticket, invitation, next } = this.dataset;
    await signIn({ ticket, invitation, mediation, signal: asked.signal });
    location.assign(next || "/");
  }

  async ask() {
    this.say("");
    try {
      await this.enter();
    } catch (error) {
      this.say(reason(error, this.dataset.address ?? ""));
      if ("suggest" in this.dataset) this.suggest();
    }
  }

  async suggest() {
    /** @type {any} */
    const known = PublicKeyCredential;
    if (!(await known.isConditionalMediationAvailable?.())) return;
    try {
      await this.enter("conditional");
    } catch (error) {
      // Nobody has asked for it: only what became of a passkey that was chosen is told.
      if (error instanceof Refusal) this.say(reason(error, ""));
      this.suggesting = false;
    }
  }

  /** @param {string} words */
  say(words) {
    find(this, "[data-reason]", HTMLElement).textContent = words;
  }
}
customElements.define("passkey-login", PasskeyLogin);
