// Small helpers to build elements. Text is always set as text: nothing a server or a person sends is read as HTML.

const SVG = "http://www.w3.org/2000/svg";

/** Read a JSON block that the page carries. */
export function block(id) {
  return JSON.parse(document.getElementById(id).textContent);
}

/** Make an element: h("p", {class: "x"}, "text", child). Properties with value null or false are left out. */
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** A decorative icon of Bootstrap Italia. */
export function icon(sprite, name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "icon icon-sm");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `${sprite}#${name}`);
  svg.append(use);
  return svg;
}

const LINK = /https?:\/\/[^\s<>"']+[^\s<>"'.,;:!?)]/g;

function inline(text) {
  const parts = [];
  let from = 0;
  for (const match of text.matchAll(LINK)) {
    parts.push(text.slice(from, match.index));
    parts.push(h("a", { href: match[0], target: "_blank", rel: "noopener noreferrer" }, match[0]));
    from = match.index + match[0].length;
  }
  parts.push(text.slice(from));
  return parts.filter((part) => part !== "");
}

/** Paragraphs and simple lists ("- item") from plain text. */
export function prose(text) {
  const blocks = [];
  let list = null;
  for (const line of text.split("\n")) {
    const item = /^\s*(?:[-•*]|\d+[.)])\s+(.*)$/.exec(line);
    if (item) {
      if (!list) blocks.push((list = h("ul")));
      list.append(h("li", {}, ...inline(item[1])));
    } else {
      list = null;
      if (line.trim()) blocks.push(h("p", {}, ...inline(line)));
    }
  }
  return blocks;
}

/** "2020-12-31" as "31/12/2020". */
export function day(iso) {
  return iso ? iso.slice(0, 10).split("-").reverse().join("/") : "";
}

/** Fill the {places} of a text. */
export function fill(text, values) {
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}
