// What a page must be to be used without a mouse, without a screen, or with eyes that see little (WCAG 2.2, level AA).
import type { Page } from "playwright-core";

const NARROW = { width: 320, height: 640 };

/** What is wrong with the page as it stands, a line each. */
export async function barriersOf(page: Page): Promise<readonly string[]> {
  const found = [...(await page.evaluate<string[]>(BARRIERS)), ...(await focusBarriers(page))];
  const size = page.viewportSize();
  await page.setViewportSize(NARROW);
  const width = await page.evaluate<number>("document.documentElement.scrollWidth");
  if (width > NARROW.width) found.push(`1.4.10 it is ${width} wide in a window of ${NARROW.width}`);
  if (size !== null) await page.setViewportSize(size);
  return found;
}

/** 2.1.1, 2.4.7: the tabulator reaches everything in the order of the page, and one sees where it is. */
async function focusBarriers(page: Page): Promise<readonly string[]> {
  const controls = await page.evaluate<number>(NUMBERED);
  const reached: string[] = [];
  const unseen: string[] = [];
  for (let i = 0; i < controls; i += 1) {
    await page.keyboard.press("Tab");
    const { order, isSeen } = await page.evaluate<{ order: string; isSeen: boolean }>(FOCUSED);
    reached.push(order);
    if (!isSeen) unseen.push(order);
  }
  await page.evaluate("document.activeElement?.blur()");
  const inOrder = reached.every((order, i) => order === String(i));
  return [
    ...(inOrder ? [] : [`2.4.3 the tabulator goes ${reached.join(" ")} over ${controls} controls`]),
    ...(unseen.length === 0 ? [] : [`2.4.7 nobody sees that ${unseen.join(" ")} has the focus`]),
  ];
}

/** Gives each control its number in the page; how many there are. */
const NUMBERED = `(() => {
  const all = [...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, summary")]
    .filter((element) => element.checkVisibility());
  for (const [i, element] of all.entries()) element.dataset.order = String(i);
  document.activeElement?.blur();
  getSelection()?.removeAllRanges();
  return all.length;
})()`;

const FOCUSED = `(() => {
  const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement);
  const isSeen = outlineStyle !== "none" && Number.parseFloat(outlineWidth) >= 2;
  return { order: document.activeElement.dataset.order ?? "outside", isSeen };
})()`;

const BARRIERS = `(() => {
  const wrong = [];
  for (const selector of ["main", "h1"]) {
    const { length } = document.querySelectorAll(selector);
    if (length !== 1) wrong.push("1.3.1 there are " + length + " " + selector);
  }
  if (document.documentElement.lang !== "en") wrong.push("3.1.1 the language is not said");
  if (!document.title.includes(document.querySelector("h1")?.textContent ?? "?")) wrong.push("2.4.2 the title is another");
  const levels = [...document.querySelectorAll("h1, h2, h3")].map(({ tagName }) => Number(tagName[1]));
  if (levels.some((level, i) => level > (levels[i - 1] ?? 0) + 1)) wrong.push("1.3.1 headings jump: " + levels.join(" "));
  const ids = [...document.querySelectorAll("[id]")].map(({ id }) => id);
  if (new Set(ids).size !== ids.length) wrong.push("4.1.2 an id stands twice: " + ids.join(" "));
  for (const name of ["aria-describedby", "aria-labelledby", "for"]) {
    for (const element of document.querySelectorAll("[" + name + "]")) {
      const id = element.getAttribute(name);
      if (document.getElementById(id) === null) wrong.push("1.3.1 " + name + " names " + id + ", which is not there");
    }
  }
  const regions = [...document.querySelectorAll("nav")].map((nav) => nav.getAttribute("aria-label"));
  if (regions.length > 1 && (regions.includes(null) || new Set(regions).size !== regions.length)) {
    wrong.push("1.3.6 navigations are named " + regions.join(", "));
  }
  for (const element of document.querySelectorAll("a, button, input:not([type=hidden]), summary, img")) {
    if (!element.checkVisibility()) continue;
    const labels = [...(element.labels ?? [])].map(({ textContent }) => textContent).join(" ");
    const name = element.getAttribute("aria-label") ?? (labels || element.alt || element.textContent);
    if (name.trim() === "") wrong.push("4.1.2 nameless: " + element.outerHTML.slice(0, 80));
    const { height, width } = element.getBoundingClientRect();
    if (element.tagName === "BUTTON" && (height < 24 || width < 24)) wrong.push("2.5.8 too small: " + name);
  }
  const channels = (colour) => (colour.match(/[\\d.]+/g) ?? []).map(Number);
  const luminance = (colour) => {
    const parts = channels(colour).slice(0, 3).map((value) => value / 255);
    const [red, green, blue] = parts.map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const groundOf = (element) => {
    if (element === null) return "rgb(255, 255, 255)";
    const { backgroundColor } = getComputedStyle(element);
    return channels(backgroundColor)[3] === 0 ? groundOf(element.parentElement) : backgroundColor;
  };
  for (const element of document.body.querySelectorAll("*")) {
    const hasText = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim() !== "");
    if (!hasText || !element.checkVisibility()) continue;
    const [low, high] = [luminance(getComputedStyle(element).color), luminance(groundOf(element))].sort((a, b) => a - b);
    const ratio = (high + 0.05) / (low + 0.05);
    if (ratio < 4.5) wrong.push("1.4.3 " + ratio.toFixed(1) + ":1: " + element.textContent.trim().slice(0, 40));
  }
  return wrong;
})()`;
