// <post-composer> brings the composer's form to life.
import { Composer } from "../composer/composer.js";

class PostComposer extends HTMLElement {
  /** @type {Composer | undefined} */
  composer;

  connectedCallback() {
    this.composer ??= new Composer(this);
  }
}
customElements.define("post-composer", PostComposer);
