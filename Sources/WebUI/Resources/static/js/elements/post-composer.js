// The composer: the server's form, brought to life. What is sent at the end is still that form.
import { call, Refusal } from "../api.js";
import { Counts } from "../composer/counting.js";
import { Keeper } from "../composer/keeping.js";
import { emptyPart, shared, Writing } from "../composer/model.js";
import { drawPreview } from "../composer/preview.js";
import { drawCounts, drawProblems } from "../composer/problems.js";
import { find, findAll, make, settle, stamp } from "../dom.js";
import { say } from "../words.js";
import { acceptFiles, MediaTray, thumbnail, uploadAll } from "./media-tray.js";

/** @typedef {import("../composer/model.js").Channel} Channel */
/** @typedef {import("../composer/problems.js").Problem} Problem */

class Composer {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    this.form = find(root, "form.composer", HTMLFormElement);
    /** @type {import("../composer/model.js").ComposerData} */
    const data = JSON.parse(find(this.root, "[data-composer]", HTMLScriptElement).textContent || "{}");
    this.data = data;
    this.writing = new Writing(data);
    this.counts = new Counts();
    this.asked = 0;
    this.column = find(this.root, "[data-parts]", HTMLElement);
    const status = document.querySelector("[data-saved]");
    this.keeper = new Keeper(
      data,
      () => ({ content: this.writing.content, draft: this.draft(), empty: this.writing.isEmpty }),
      (words) => status && (status.textContent = words),
      (id, revision) => this.adopt(id, revision),
    );
    // Soon after a key, and less often than the server allows (RATE_LIMIT_PER_MINUTE, 100 unless it is set).
    this.check = settle(() => this.validate(), 250, 800);
    this.checkLater = settle(() => this.validate(), 5000);
    const kept = this.keeper.restore();
    if (kept) {
      this.writing.parts = kept.parts;
      this.writing.versions = kept.versions;
      this.keeper.changed();
      if (status) status.textContent = say("restored");
    }
    this.listen();
    this.draw();
    this.check();
  }

  listen() {
    this.form.addEventListener("submit", (event) => this.submit(event));
    this.form.addEventListener("input", (event) => {
      if (event.target instanceof HTMLElement && event.target.dataset.setting) this.counts.doubt();
    });
    this.form.addEventListener("change", (event) => {
      if (!(event.target instanceof HTMLTextAreaElement) && !(event.target instanceof HTMLInputElement && event.target.type === "file")) this.changed(true);
    });
    this.form.addEventListener("input", (event) => {
      if (event.target instanceof HTMLInputElement && event.target.type === "text") this.changed(false);
    });
    this.form.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && event.target instanceof HTMLInputElement) event.preventDefault();
    });
    addEventListener("online", () => this.check());
    addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      this.form.requestSubmit(find(this.form, 'button[value="schedule"]', HTMLButtonElement));
    });
    find(this.root, "[data-add-part]", HTMLButtonElement).addEventListener("click", () => {
      this.writing.written.push(emptyPart());
      this.changed(true);
      findAll(this.column, "textarea", HTMLTextAreaElement).at(-1)?.focus();
    });
  }

  /** The channels that are chosen, in their order. */
  get chosen() {
    const ids = findAll(this.form, 'input[name="channel"]:checked', HTMLInputElement).map((box) => box.value);
    return this.data.channels.filter((channel) => ids.includes(channel.id));
  }

  /** The channel that counters and preview are about. */
  get current() {
    return this.chosen.find((channel) => channel.id === this.writing.active) ?? this.chosen[0];
  }

  /**
   * Something was changed; `structure` when more than a text.
   * @param {boolean} structure
   */
  changed(structure) {
    this.keeper.changed();
    this.check();
    if (structure) this.draw();
    else this.count();
  }

  // What is drawn

  draw() {
    if (this.writing.active !== shared && !this.chosen.some((channel) => channel.id === this.writing.active)) this.writing.active = shared;
    this.drawTabs();
    const template = find(this.root, "[data-part-template]", HTMLTemplateElement);
    const parts = this.writing.shown;
    this.column.replaceChildren(...parts.map((part, index) => this.drawPart(stamp(template), part, index, parts.length)));
    for (const group of findAll(this.root, "details[data-channel]", HTMLDetailsElement)) {
      group.hidden = !this.chosen.some((channel) => channel.id === group.dataset.channel);
    }
    this.count();
  }

  drawTabs() {
    const region = find(this.root, "[data-versions]", HTMLElement);
    const note = find(this.root, "[data-version-note]", HTMLElement);
    const channels = this.chosen;
    region.hidden = channels.length < 2;
    const tabs = [{ id: shared, label: say("allChannels") }, ...channels.map((channel) => ({ id: channel.id, label: `${channel.platformName} ${channel.handle}` }))];
    find(region, "[role=tablist]", HTMLElement).replaceChildren(...tabs.map((tab) => this.drawTab(tab)));
    const own = this.writing.active !== shared && this.writing.active in this.writing.versions;
    note.hidden = this.writing.active === shared;
    note.replaceChildren(make("span", {}, say(own ? "ownText" : "sameText")));
    if (!own) return;
    const reset = make("button", { type: "button", class: "button small" }, say("resetToShared"));
    reset.addEventListener("click", () => {
      this.writing.share(this.writing.active);
      this.changed(true);
    });
    note.append(reset);
  }

  /** @param {{id: string, label: string}} tab */
  drawTab({ id, label }) {
    const button = make("button", { type: "button", role: "tab", "aria-selected": String(id === this.writing.active) }, label);
    button.tabIndex = id === this.writing.active ? 0 : -1;
    if (id in this.writing.versions) button.append(make("span", { class: "changed", title: say("ownText") }), make("span", { class: "spoken" }, say("ownText")));
    button.addEventListener("click", () => this.open(id));
    button.addEventListener("keydown", (event) => {
      const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
      const ids = [shared, ...this.chosen.map((channel) => channel.id)];
      const next = ids[ids.indexOf(id) + step];
      if (!step || !next) return;
      this.open(next);
      find(this.root, '[role=tab][aria-selected="true"]', HTMLElement).focus();
    });
    return button;
  }

  /** @param {string} id */
  open(id) {
    this.writing.active = id;
    this.draw();
  }

  /** @param {HTMLElement} element @param {import("../composer/model.js").Part} part @param {number} index @param {number} count */
  drawPart(element, part, index, count) {
    const area = find(element, "textarea", HTMLTextAreaElement);
    find(element, "b", HTMLElement).textContent = String(index + 1);
    area.value = part.text;
    area.setAttribute("aria-label", say("partLabel", { number: index + 1, count }));
    area.addEventListener("input", () => {
      const differs = !(this.writing.active in this.writing.versions) && this.writing.active !== shared;
      this.writing.written[index].text = area.value;
      if (differs) this.drawTabs();
      this.changed(false);
    });
    const tray = find(element, "media-tray", MediaTray);
    tray.show(part.mediaIds.flatMap((id) => this.writing.media.get(id) ?? []), find(this.root, "[data-tray-template]", HTMLTemplateElement));
    tray.addEventListener("reorder", (event) => {
      this.writing.written[index].mediaIds = /** @type {CustomEvent} */ (event).detail;
      this.changed(true);
    });
    tray.addEventListener("describe", (event) => this.describe(/** @type {CustomEvent} */ (event).detail));
    /** @param {Iterable<File>} files */
    const take = (files) => uploadAll(files, tray, (item) => this.attach(item, index));
    acceptFiles(find(element, ".part-body", HTMLElement), take);
    const chooser = find(element, "input[type=file]", HTMLInputElement);
    chooser.addEventListener("change", () => take([...(chooser.files ?? [])]));
    this.drawTools(element, index, count);
    return element;
  }

  /** @param {HTMLElement} element @param {number} index @param {number} count */
  drawTools(element, index, count) {
    /** @type {[string, boolean, () => void][]} */
    const tools = [
      ["[data-up]", index > 0, () => this.writing.movePart(index, -1)],
      ["[data-down]", index < count - 1, () => this.writing.movePart(index, 1)],
      ["[data-remove]", count > 1, () => this.writing.written.splice(index, 1)],
    ];
    for (const [selector, useful, act] of tools) {
      const button = find(element, selector, HTMLButtonElement);
      button.hidden = count === 1;
      button.disabled = !useful;
      button.addEventListener("click", () => {
        act();
        this.changed(true);
      });
    }
    find(element, "[data-library]", HTMLButtonElement).addEventListener("click", () => this.browse(index));
  }

  count() {
    const chosen = this.writing.active === shared ? this.chosen : this.chosen.filter((channel) => channel.id === this.writing.active);
    const regions = findAll(this.column, ".counters", HTMLElement);
    this.writing.shown.forEach((part, index) => {
      regions[index]?.replaceChildren(...chosen.filter((one) => this.writing.active !== shared || !(one.id in this.writing.versions)).map((one) => counter(one, this.counts.of(one, index, part.text))));
    });
    drawPreview(find(this.root, "[data-preview]", HTMLElement), this.current, this.writing, this.counts);
  }

  // Media

  /** @param {import("../api.js").MediaItem} item @param {number} index */
  attach(item, index) {
    this.writing.media.set(item.id, item);
    const part = this.writing.written[index] ?? this.writing.written[0];
    if (!part.mediaIds.includes(item.id)) part.mediaIds.push(item.id);
    this.changed(true);
  }

  /**
   * Asks for the alternative text of a file.
   * @param {string} id
   */
  describe(id) {
    const item = this.writing.media.get(id);
    const dialog = find(this.root, "[data-alt-dialog]", HTMLDialogElement);
    const area = find(dialog, "textarea", HTMLTextAreaElement);
    if (!item) return;
    area.value = item.altText ?? "";
    dialog.returnValue = "";
    dialog.showModal();
    dialog.addEventListener(
      "close",
      async () => {
        if (dialog.returnValue !== "save") return;
        await this.keeper.beside(async () => {
          this.writing.media.set(id, await call("PATCH", `/api/media/${id}`, { altText: area.value }));
        });
        this.changed(true);
      },
      { once: true },
    );
  }

  /**
   * Shows the library to pick from.
   * @param {number} index
   */
  async browse(index) {
    const dialog = find(this.root, "[data-library-dialog]", HTMLDialogElement);
    const grid = find(dialog, "[data-library-grid]", HTMLElement);
    /** @type {{items: import("../api.js").MediaItem[]}} */
    const { items } = await call("GET", "/api/media?limit=48");
    grid.replaceChildren(
      ...items.map((item) => {
        const button = make("button", { type: "button", class: "media-item", title: item.name, "aria-label": item.name }, make("span", { class: "picture" }, thumbnail(item)));
        button.addEventListener("click", () => {
          dialog.close();
          this.attach(item, index);
        });
        return button;
      }),
    );
    if (items.length === 0) grid.replaceChildren(make("p", { class: "muted" }, say("libraryEmpty")));
    dialog.showModal();
  }

  // Sending

  /** The draft as the REST interface takes it. */
  draft() {
    const fields = new FormData(this.form);
    const date = String(fields.get("date") ?? "");
    const time = String(fields.get("time") ?? "");
    /** @type {Record<string, Record<string, unknown>>} */
    const settings = {};
    for (const group of findAll(this.root, "details[data-channel]", HTMLDetailsElement)) {
      if (!group.hidden) settings[group.dataset.channel ?? ""] = readSettings(group);
    }
    return {
      ...this.writing.content,
      platforms: this.chosen.map((channel) => channel.id),
      versions: Object.fromEntries(Object.entries(this.writing.content.versions).filter(([id]) => this.chosen.some((one) => one.id === id))),
      settings,
      tags: String(fields.get("tags") ?? "").split(/[\s,#]+/).filter(Boolean),
      ...(date && time ? { scheduledFor: `${date}T${time}`, timeZone: String(fields.get("zone") ?? "") || undefined } : {}),
    };
  }

  /** Asks the server how long the texts are and what is wrong with them. An answer that a later question has overtaken is dropped. */
  async validate() {
    const question = ++this.asked;
    const draft = this.draft();
    try {
      /** @type {{items: Problem[], counts: import("../composer/counting.js").TextCount[]}} */
      const { items, counts } = await call("POST", "/api/posts/validate", draft);
      if (question !== this.asked) return;
      this.counts.take(counts, (channel) => draft.versions[channel] ?? draft.parts);
      this.count();
      this.show(this.writing.isEmpty ? [] : items);
    } catch (error) {
      // Offline, or asked too often: what is shown stays marked as uncertain, and the server checks again when the post is sent.
      const refused = error instanceof Refusal && error.status < 500 && error.status !== 429;
      if (question === this.asked && !refused) this.checkLater();
    }
  }

  /** @param {Problem[]} problems */
  show(problems) {
    drawProblems(find(this.root, "[data-problems]", HTMLElement), problems, (problem) => this.go(problem));
    drawCounts(findAll(this.root, ".chip", HTMLElement), problems);
  }

  /** @param {Problem} problem */
  go(problem) {
    const id = problem.integrationId;
    if (problem.field && id) {
      const group = find(this.root, `details[data-channel="${id}"]`, HTMLDetailsElement);
      group.open = true;
      return find(group, `[data-setting="${CSS.escape(problem.field)}"]`, HTMLElement).focus();
    }
    if (problem.code.startsWith("TIME_")) return find(this.root, "#date", HTMLElement).focus();
    if (problem.code === "NO_CHANNELS") return find(this.root, 'input[name="channel"]', HTMLElement).focus();
    this.open(id && this.chosen.length > 1 && id in this.writing.versions ? id : shared);
    findAll(this.column, "textarea", HTMLTextAreaElement)[problem.part ?? 0]?.focus();
  }

  /**
   * The server has made this a draft of its own.
   * @param {string} id @param {number} revision
   */
  adopt(id, revision) {
    const path = `/posts/${id}/edit`;
    if (location.pathname !== path) history.replaceState(null, "", path);
    this.form.action = path;
    field(this.form, "revision").value = String(revision);
  }

  /** @param {SubmitEvent} event */
  submit(event) {
    if (this.keeper.saving || this.keeper.leaving) return event.preventDefault();
    field(this.form, "content").value = JSON.stringify(this.writing.content);
    this.keeper.leaving = true;
    this.keeper.forget();
    event.submitter?.setAttribute("aria-busy", "true");
  }
}

class PostComposer extends HTMLElement {
  connectedCallback() {
    this.composer = new Composer(this);
  }
}
customElements.define("post-composer", PostComposer);

/** @param {Channel} channel @param {import("../composer/counting.js").Shown} shown */
function counter(channel, { length, limit, certain }) {
  const state = !certain ? "uncertain" : length > limit ? "over" : length > limit * 0.9 ? "near" : "";
  const words = say(length > limit ? "counterOver" : "counterLeft", { channel: `${channel.platformName} ${channel.handle}`, count: Math.abs(limit - length) });
  return make("span", { class: state, title: words }, make("span", { class: "mark", "data-platform": channel.platform, "aria-hidden": "true" }, channel.mark), make("span", { "aria-hidden": "true" }, `${certain ? "" : "≈"}${length}/${limit}`), make("span", { class: "spoken" }, words));
}

/** @param {HTMLElement} group @returns {Record<string, unknown>} */
function readSettings(group) {
  /** @type {Record<string, unknown>} */
  const values = {};
  for (const input of findAll(group, "[data-setting]", HTMLElement)) {
    if (input instanceof HTMLInputElement && input.type === "checkbox") values[input.dataset.setting ?? ""] = input.checked;
    else if (input instanceof HTMLInputElement || input instanceof HTMLSelectElement) values[input.dataset.setting ?? ""] = input.value;
  }
  return values;
}

/**
 * A hidden field of the form, made when it is not there.
 * @param {HTMLFormElement} form @param {string} name
 */
function field(form, name) {
  const found = form.elements.namedItem(name);
  if (found instanceof HTMLInputElement) return found;
  const input = document.createElement("input");
  input.type = "hidden";
  input.name = name;
  form.append(input);
  return input;
}
