// Copies the text of the element that data-from names.
import { toast } from "./toast-region.js";
import { say } from "../words.js";

class CopyButton extends HTMLElement {
  connectedCallback() {
    this.querySelector("button")?.addEventListener("click", async () => {
      const source = document.getElementById(this.dataset.from ?? "");
      if (!source) return;
      try {
        await navigator.clipboard.writeText(source.textContent?.trim() ?? "");
        toast(say("copied"));
      } catch {
        // Without permission, or over plain HTTP: select it, so that one key press copies.
        getSelection()?.selectAllChildren(source);
        toast(say("copyByHand"));
      }
    });
  }
}
customElements.define("copy-button", CopyButton);
