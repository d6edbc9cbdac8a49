// Small, typed ways to reach and make elements.

/**
 * The one element that must be there.
 * @template {Element} T
 * @param {ParentNode} root @param {string} selector @param {new () => T} type
 * @returns {T}
 */
export function find(root, selector, type) {
  const found = root.querySelector(selector);
  if (!(found instanceof type)) throw new Error(`The page lacks ${selector}`);
  return found;
}

/**
 * @template {Element} T
 * @param {ParentNode} root @param {string} selector @param {new () => T} type
 * @returns {T[]}
 */
export function findAll(root, selector, type) {
  return [...root.querySelectorAll(selector)].filter(/** @returns {element is T} */ (element) => element instanceof type);
}

/**
 * @param {string} name @param {Record<string, string>} attributes @param {(Node | string)[]} children
 */
export function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

/**
 * @param {HTMLTemplateElement} template
 * @returns {HTMLElement}
 */
export function stamp(template) {
  // Imported, not cloned: custom elements inside come to life at once.
  const element = document.importNode(template.content, true).firstElementChild;
  if (!(element instanceof HTMLElement)) throw new Error("An empty template");
  return element;
}

/**
 * Makes `elements`, and nothing else, the children of `parent`, in this order. What has the focus is not moved, so that it keeps it.
 * @param {HTMLElement} parent @param {HTMLElement[]} elements
 */
export function arrange(parent, elements) {
  for (const child of [...parent.children]) if (!elements.includes(/** @type {HTMLElement} */ (child))) child.remove();
  const still = elements.find((element) => element.contains(document.activeElement) && element.parentElement === parent);
  const before = still ? elements.slice(0, elements.indexOf(still)) : [];
  const after = still ? elements.slice(elements.indexOf(still) + 1) : elements;
  let next = still ?? null;
  for (const element of before.reverse()) {
    if (element.nextElementSibling !== next || element.parentElement !== parent) parent.insertBefore(element, next);
    next = element;
  }
  let last = still ?? null;
  for (const element of after) {
    const place = last ? last.nextElementSibling : parent.firstElementChild;
    if (place !== element) parent.insertBefore(element, place);
    last = element;
  }
}

/** @param {string} symbol */
export function icon(symbol) {
  const sheet = document.querySelector("svg.icon use")?.getAttribute("href")?.split("#")[0] ?? "";
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `${sheet}#${symbol}`);
  svg.append(use);
  return svg;
}

/** A name that nothing else has. (`crypto.randomUUID` is missing on plain HTTP.) */
export function unique() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * `work`, once nothing has asked for it for `milliseconds`; at most once in `pause`.
 * @param {() => void} work @param {number} milliseconds
 */
export function settle(work, milliseconds, pause = 0) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  let last = -pause;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(
      () => {
        last = performance.now();
        work();
      },
      Math.max(milliseconds, last + pause - performance.now()),
    );
  };
}
