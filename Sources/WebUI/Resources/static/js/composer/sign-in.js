// Signing in again without leaving what is written: by password here, or by whatever way in another tab.
import { Refusal, refusal } from "../api.js";
import { find } from "../dom.js";
import { say } from "../words.js";

export class SignIn {
  /** @param {HTMLElement} root @param {() => void} done */
  constructor(root, done) {
    this.done = done;
    this.dialog = find(root, "[data-sign-in]", HTMLDialogElement);
    this.form = find(this.dialog, "form[data-credentials]", HTMLFormElement);
    this.reason = find(this.dialog, "[data-reason]", HTMLElement);
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit();
    });
    document.addEventListener("visibilitychange", () => this.look());
    addEventListener("focus", () => this.look());
  }

  open() {
    if (this.dialog.open) return;
    this.reason.textContent = "";
    this.dialog.showModal();
    this.look();
  }

  /** Goes on when this browser is signed in again, as the same person. */
  async look() {
    if (!this.dialog.open || document.visibilityState !== "visible") return;
    try {
      const response = await fetch("/api/auth/me", { headers: { Accept: "application/json" } });
      if (!response.ok) return;
      const { user } = await response.json();
      if (!this.dialog.open) return;
      const mine = find(this.form, "[name=email]", HTMLInputElement).value;
      if (user.email === mine) this.goOn(response);
      else this.reason.textContent = say("otherPerson", { email: mine });
    } catch {
      // Offline: whoever signs in here is told.
    }
  }

  /** @param {Response} response */
  goOn(response) {
    document.querySelector('meta[name="csrf"]')?.setAttribute("content", response.headers.get("X-CSRF-Token") ?? "");
    this.dialog.close();
    this.done();
  }

  async submit() {
    const [email, password] = ["email", "password"].map((name) => find(this.form, `[name=${name}]`, HTMLInputElement));
    try {
      const response = await fetch("/api/auth/login", {
        method: "POST", headers: { Accept: "application/json", "Content-Type": "application/json" },
        body: JSON.stringify({ email: email.value, password: password.value }),
      });
      if (!response.ok) throw refusal(response, await response.text());
      password.value = "";
      this.goOn(response);
    } catch (error) {
      this.reason.textContent = error instanceof Refusal ? error.message : say("notReached");
      password.select();
    }
  }
}
