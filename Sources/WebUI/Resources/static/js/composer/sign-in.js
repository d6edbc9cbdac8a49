// Signing in again without leaving what is written.
import { Refusal, refusal } from "../api.js";
import { find } from "../dom.js";
import { say } from "../words.js";

export class SignIn {
  /** @param {HTMLElement} root @param {() => void} done */
  constructor(root, done) {
    this.dialog = find(root, "[data-sign-in]", HTMLDialogElement);
    this.form = find(this.dialog, "form[data-credentials]", HTMLFormElement);
    this.reason = find(this.dialog, "[data-reason]", HTMLElement);
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit(done);
    });
  }

  open() {
    if (this.dialog.open) return;
    this.reason.textContent = "";
    this.dialog.showModal();
  }

  /** @param {() => void} done */
  async submit(done) {
    const [email, password] = ["email", "password"].map((name) => find(this.form, `[name=${name}]`, HTMLInputElement));
    try {
      const response = await fetch("/api/auth/login", {
        method: "POST", headers: { Accept: "application/json", "Content-Type": "application/json" },
        body: JSON.stringify({ email: email.value, password: password.value }),
      });
      if (!response.ok) throw refusal(response, await response.text());
      document.querySelector('meta[name="csrf"]')?.setAttribute("content", response.headers.get("X-CSRF-Token") ?? "");
      password.value = "";
      this.dialog.close();
      done();
    } catch (error) {
      this.reason.textContent = error instanceof Refusal ? error.message : say("notReached");
      password.select();
    }
  }
}
