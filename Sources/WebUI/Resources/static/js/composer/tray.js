// The files of a part: each made once, and then only told what is new.
import { arrange, find, icon, make, stamp } from "../dom.js";
import { thumbnail } from "../media.js";
import { say } from "../words.js";

/**
 * @typedef {object} TrayDeeds
 * @property {(id: string, step: number) => void} move
 * @property {(id: string) => void} drop
 * @property {(id: string, words: string) => void} describe
 * @property {(id: string) => void} edit
 * @property {(id: string, area: HTMLTextAreaElement, button: HTMLButtonElement) => void} seen
 * @property {(item: import("../api.js").MediaItem | undefined) => "crop" | "cover" | ""} toolOf
 */

export class Tray {
  /** @param {HTMLElement} element @param {HTMLTemplateElement} template @param {import("./files.js").Files} files @param {TrayDeeds} deeds */
  constructor(element, template, files, deeds) {
    this.element = element;
    this.template = template;
    this.files = files;
    this.deeds = deeds;
    /** @type {Map<string, HTMLElement>} */
    this.made = new Map();
  }

  /** @param {string[]} ids @param {Record<string, string>} words */
  show(ids, words) {
    for (const [id, element] of this.made) if (!ids.includes(id)) (element.remove(), this.made.delete(id));
    arrange(this.element, ids.map((id) => this.made.get(id) ?? this.make(id)));
    ids.forEach((id, index) => this.update(id, index, words[id]));
  }

  /** @param {string} id */
  make(id) {
    const element = stamp(this.template);
    const area = find(element, "[data-alt]", HTMLTextAreaElement);
    area.addEventListener("input", () => this.deeds.describe(id, area.value));
    find(element, "[data-left]", HTMLButtonElement).addEventListener("click", () => this.deeds.move(id, -1));
    find(element, "[data-drop]", HTMLButtonElement).addEventListener("click", () => this.deeds.drop(id));
    find(element, "[data-edit]", HTMLButtonElement).addEventListener("click", () => this.deeds.edit(id));
    find(element, "[data-again]", HTMLButtonElement).addEventListener("click", () => this.files.again(id));
    const seen = element.querySelector("[data-seen]");
    if (seen instanceof HTMLButtonElement) seen.addEventListener("click", () => this.deeds.seen(id, area, seen));
    this.made.set(id, element);
    return element;
  }

  /** @param {string} id @param {number} index @param {string | undefined} words */
  update(id, index, words) {
    const element = this.made.get(id);
    if (!element) return;
    const item = this.files.item(id);
    const upload = item ? undefined : this.files.uploads.get(id);
    const name = item?.name ?? upload?.file.name ?? "";
    element.title = name;
    element.dataset.state = item ? "ready" : (upload?.state ?? "failed");
    this.picture(element, item, upload);
    const bar = find(element, "progress", HTMLProgressElement);
    bar.hidden = !upload || upload.state === "failed";
    bar.value = upload?.share ?? 0;
    bar.setAttribute("aria-label", name);
    find(element, "[data-failed]", HTMLElement).hidden = upload?.state !== "failed";
    find(element, "[data-reason]", HTMLElement).textContent = upload?.reason ? `${name}: ${upload.reason}` : "";
    find(element, "[data-left]", HTMLButtonElement).disabled = index === 0;
    const edit = find(element, "[data-edit]", HTMLButtonElement);
    const tool = this.deeds.toolOf(item);
    edit.hidden = tool === "";
    if (tool && edit.dataset.tool !== tool) {
      edit.dataset.tool = tool;
      edit.title = say(tool);
      edit.replaceChildren(icon(tool));
    }
    if (tool) edit.setAttribute("aria-label", `${say(tool)}: ${name}`);
    const seen = element.querySelector("[data-seen]");
    if (seen instanceof HTMLButtonElement) {
      seen.hidden = item?.kind !== "IMAGE" && item?.kind !== "ANIMATION";
      seen.setAttribute("aria-label", `${seen.title}: ${name}`);
    }
    const drop = find(element, "[data-drop]", HTMLButtonElement);
    drop.setAttribute("aria-label", item ? `${say("removeFile")}: ${name}` : say("cancelUpload", { name }));
    const area = find(element, "[data-alt]", HTMLTextAreaElement);
    const text = words ?? item?.altText ?? "";
    if (area.value !== text) area.value = text;
    area.setAttribute("aria-label", say("altTextOf", { name }));
    element.classList.toggle("undescribed", !text.trim());
  }

  /** @param {HTMLElement} element @param {import("../api.js").MediaItem | undefined} item @param {import("./files.js").Upload | undefined} upload */
  picture(element, item, upload) {
    const place = find(element, ".picture", HTMLElement);
    const wanted = item ? `${item.thumbnailUrl ?? item.url}` : (upload?.id ?? "");
    if (place.dataset.shows === wanted) return;
    place.dataset.shows = wanted;
    if (item) place.replaceChildren(thumbnail(item));
    else if (upload?.file.type.startsWith("image/")) place.replaceChildren(make("img", { src: upload.picture, alt: "" }));
    else place.replaceChildren(icon("file"));
  }
}
