// The buttons: a deed waits for files that are on their way, goes to the server, and the page stays until the server has said yes.
import { Refusal } from "../api.js";
import { toastNext } from "../elements/toast-region.js";
import { findAll } from "../dom.js";
import { say } from "../words.js";
import { filesOf } from "./document.js";
import { noteChannels } from "./records.js";
import { Conflict, Stopped, Stranger } from "./saving.js";

/** @typedef {import("./draft.js").Deed} Deed */
/** @typedef {import("./problems.js").Problem} Problem */

/** A file did not arrive. */
class Missing extends Error {}

export class Sender {
  /**
   * @param {HTMLFormElement} form @param {import("./keeping.js").Keeper} keeper
   * @param {{problems: (problems: Problem[]) => void, timeless: () => void, settled: () => Promise<void>, signIn: () => void}} page
   */
  constructor(form, keeper, page) {
    this.form = form;
    this.keeper = keeper;
    this.page = page;
    this.bars = keeper.bars;
    /**
     * What was to be done when the session had ended.
     * @type {Deed | null}
     */
    this.put = null;
    /** @type {(() => void) | null} */
    this.filesChanged = null;
  }

  /** @param {Deed} deed */
  async send(deed) {
    const { keeper } = this;
    if (keeper.sending || keeper.leaving) return;
    if (keeper.disagreement.isOpen) return void this.bars.shown.get("conflict")?.querySelector("button")?.focus();
    const { date, time } = keeper.desk.read();
    if (deed === "schedule" && !(date && time)) return this.page.timeless();
    const wasDraft = keeper.draftable;
    const stop = (keeper.sending = new AbortController());
    this.bars.hide("refused");
    this.busy(deed, true);
    const focused = document.activeElement;
    try {
      await this.uploads(stop);
      await this.page.settled();
      keeper.keeping?.abort();
      this.form.inert = true;
      const post = await keeper.server.inTurn(() => keeper.sync(deed, stop.signal));
      this.done(deed, post, wasDraft);
    } catch (error) {
      this.failed(error, deed);
    } finally {
      keeper.sending = null;
      this.bars.hide("uploads");
      this.bars.hide("line");
      this.busy(deed, false);
      const moved = document.activeElement !== document.body && document.activeElement !== null;
      this.form.inert = keeper.leaving;
      if (!moved && !keeper.leaving && focused instanceof HTMLElement) focused.focus();
      if (keeper.isDirty && !keeper.leaving) keeper.keepSoon();
    }
  }

  /**
   * Waits for the files that are attached.
   * @param {AbortController} stop
   */
  async uploads(stop) {
    const { files, desk } = this.keeper;
    for (;;) {
      const missing = files.missing(filesOf(desk.read()));
      const failed = missing.filter((one) => one.state === "failed");
      if (failed.length) throw new Missing(failed.map((one) => one.file.name).join(", "));
      if (missing.length === 0) return;
      const words = say(missing.length === 1 ? "waitsForFile" : "waitsForFiles", { count: missing.length });
      this.bars.show("uploads", "info", words, [{ label: say("cancel"), act: () => stop.abort() }]);
      await new Promise((resolve) => {
        this.filesChanged = () => resolve(null);
        stop.signal.addEventListener("abort", () => resolve(null), { once: true });
      });
      if (stop.signal.aborted) throw new Stopped();
    }
  }

  /** @param {Deed} deed @param {import("./page.js").Post} post @param {boolean} wasDraft */
  done(deed, post, wasDraft) {
    const { keeper } = this;
    if (deed === "draft") return keeper.desk.tell(say("saved"));
    keeper.leaving = true;
    keeper.records.forget();
    noteChannels(keeper.data.user.id, keeper.desk.read().channels);
    const time = typeof post.scheduledFor === "string" && deed !== "now" ? new Date(post.scheduledFor) : null;
    const { lang } = document.documentElement;
    const words = time?.toLocaleString(lang, { dateStyle: "medium", timeStyle: "short", timeZone: keeper.data.user.zone });
    // What stood planned before, or repeats, would not be what it was.
    const undo = words && wasDraft && !post.recurrence ? `/posts/${post.id}/unplan` : undefined;
    toastNext(words ? say("doneSchedule", { time: words }) : say("donePublish"), { undo });
    location.assign(`/posts/${post.id}`);
  }

  /** @param {unknown} error @param {Deed} deed */
  failed(error, deed) {
    const { keeper } = this;
    if (error instanceof Stopped) {
      keeper.desk.tell(say("notSent"));
    } else if (error instanceof Missing) {
      this.bars.show("refused", "danger", say("fileMissing", { name: error.message }));
    } else if (error instanceof Conflict) {
      keeper.disagreement.show(error.theirs);
    } else if (error instanceof Stranger) {
      this.put = deed;
      keeper.signedOut(error.isOther);
      if (!error.isOther) this.page.signIn();
    } else if (error instanceof Refusal) {
      const problems = error.details.problems ?? [];
      if (problems.length) this.page.problems(problems);
      else this.bars.show("refused", "danger", error.message);
    } else {
      throw error;
    }
  }

  /** What was to be done goes on. */
  signedIn() {
    const deed = this.put;
    this.put = null;
    if (deed) this.send(deed);
  }

  /** @param {Deed} deed @param {boolean} busy */
  busy(deed, busy) {
    for (const button of findAll(this.form, `button[name=action][value="${deed}"]`, HTMLButtonElement)) {
      if (busy) button.setAttribute("aria-busy", "true");
      else button.removeAttribute("aria-busy");
    }
  }
}
