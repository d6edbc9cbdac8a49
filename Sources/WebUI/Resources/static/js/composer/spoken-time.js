// Reads a time that is typed in words: "tomorrow 9", "thu 13:00", "in 2 hours", "4 Dec 9:30", "morgen 9 Uhr".

/** @typedef {{date: string, time: string}} Wall */

const words = {
  today: /\b(today|tonight|heute)\b/, tomorrow: /\b(tomorrow|morgen|tmr)\b/, after: /day after tomorrow|übermorgen/,
};
const weekdays = [/\b(mon|monday|mo|montag)\b/, /\b(tue|tues|tuesday|di|dienstag)\b/, /\b(wed|wednesday|mi|mittwoch)\b/, /\b(thu|thur|thurs|thursday|do|donnerstag)\b/, /\b(fri|friday|fr|freitag)\b/, /\b(sat|saturday|sa|samstag)\b/, /\b(sun|sunday|so|sonntag)\b/];
const months = ["jan", "feb", "mar|mär", "apr", "may|mai", "jun", "jul", "aug", "sep", "oct|okt", "nov", "dec|dez"];
const day = 24 * 3600 * 1000;

/**
 * The date and time that `text` names, read by clocks that show `now`; nothing when it names none. A time alone is today's, or tomorrow's when
 * it has passed; a day alone is at nine.
 * @param {string} text @param {Wall} now @returns {Wall | null}
 */
export function spokenTime(text, now) {
  const said = text.toLowerCase().replace(/[,]/g, " ").trim();
  if (!said) return null;
  const start = Date.parse(`${now.date}T${now.time}Z`);
  const span = said.match(/\bin (\d+) ?(min|minute|minuten|h|hour|stunde|day|tag|week|woche)/);
  if (span) {
    const unit = { m: 60_000, h: 3_600_000, s: 3_600_000, d: day, t: day, w: 7 * day }[span[2][0]] ?? day;
    return wall(start + Number(span[1]) * unit);
  }
  const found = dayOf(said, now, start);
  const clock = clockOf(found.rest);
  if (!found.date && !clock) return null;
  const time = clock ?? "09:00";
  if (found.date) return { date: found.date, time };
  return time > now.time ? { date: now.date, time } : { date: wall(start + day).date, time };
}

/** @param {string} said @param {Wall} now @param {number} start */
function dayOf(said, now, start) {
  const without = (/** @type {RegExp} */ pattern) => said.replace(pattern, " ");
  if (words.after.test(said)) return { date: wall(start + 2 * day).date, rest: without(words.after) };
  if (words.tomorrow.test(said)) return { date: wall(start + day).date, rest: without(words.tomorrow) };
  if (words.today.test(said)) return { date: now.date, rest: without(words.today) };
  const iso = said.match(/\b(\d{4}-\d{2}-\d{2})\b/);
  if (iso) return { date: iso[1], rest: said.replace(iso[0], " ") };
  const german = said.match(/\b(\d{1,2})\.(\d{1,2})\.(\d{4})?/);
  if (german) return { date: comingDate(Number(german[1]), Number(german[2]), now, german[3]), rest: said.replace(german[0], " ") };
  for (const [index, names] of months.entries()) {
    const named = said.match(new RegExp(`\\b(\\d{1,2})\\.? ?(?:${names})[a-zä]*\\.?|\\b(?:${names})[a-zä]*\\.? (\\d{1,2})\\b`));
    if (named) return { date: comingDate(Number(named[1] ?? named[2]), index + 1, now), rest: said.replace(named[0], " ") };
  }
  const weekday = weekdays.findIndex((pattern) => pattern.test(said));
  if (weekday < 0) return { date: "", rest: said };
  const today = (new Date(start).getUTCDay() + 6) % 7;
  return { date: wall(start + (((weekday - today + 6) % 7) + 1) * day).date, rest: without(weekdays[weekday]) };
}

/**
 * The next such date.
 * @param {number} date @param {number} month @param {Wall} now @param {string} [year]
 */
function comingDate(date, month, now, year) {
  const two = (/** @type {number} */ number) => String(number).padStart(2, "0");
  const rest = `${two(month)}-${two(date)}`;
  if (month < 1 || month > 12 || date < 1 || date > 31) return "";
  if (year) return `${year}-${rest}`;
  const thisYear = now.date.slice(0, 4);
  return `${thisYear}-${rest}` >= now.date ? `${thisYear}-${rest}` : `${Number(thisYear) + 1}-${rest}`;
}

/** @param {string} rest */
function clockOf(rest) {
  const named = { noon: "12:00", mittag: "12:00", midnight: "00:00", mitternacht: "00:00" };
  for (const [name, time] of Object.entries(named)) if (rest.includes(name)) return time;
  const clock = rest.match(/\b(\d{1,2})(?:[:.h](\d{2}))? ?(am|pm|uhr)?\b/);
  if (!clock) return null;
  let hour = Number(clock[1]);
  if (clock[3] === "pm" && hour < 12) hour += 12;
  if (clock[3] === "am" && hour === 12) hour = 0;
  if (hour > 23 || Number(clock[2] ?? 0) > 59) return null;
  return `${String(hour).padStart(2, "0")}:${clock[2] ?? "00"}`;
}

/** @param {number} milliseconds @returns {Wall} */
function wall(milliseconds) {
  const text = new Date(milliseconds).toISOString();
  return { date: text.slice(0, 10), time: text.slice(11, 16) };
}
