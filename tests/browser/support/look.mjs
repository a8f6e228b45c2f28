// What can be asked of any page as it stands: whether the keyboard reaches all of it and one sees where one is, what a screen reader is
// given, and whether it fits.

/** In the page: what has the focus now, and what is wrong with it; null when it is nothing (the browser's own bar). */
const FOCUSED = () => {
  const element = document.activeElement;
  if (!element || element === document.body || element === document.documentElement) return null;
  const told = (one) => `${one.tagName.toLowerCase()}${one.id ? `#${one.id}` : ''}.${[...one.classList].slice(0, 3).join('.')} “${(one.getAttribute('aria-label') ?? one.innerText ?? '').trim().slice(0, 40)}”`;
  const faults = [];
  // What is drawn for a control may be what is around it: a field's frame, a checkbox's circle.
  const frame = element.closest('.v-field--focused')?.querySelector('.v-field__outline__start');
  const drawn = [element, element.closest('.v-field'), element.closest('.v-selection-control')?.querySelector('.v-selection-control__input'), element.closest('label')].filter(Boolean);
  const ringed = drawn.some((one) => {
    const { outlineStyle, outlineWidth } = getComputedStyle(one);
    return outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2;
  });
  if (!ringed && !(frame && parseFloat(getComputedStyle(frame).borderTopWidth) >= 2)) faults.push('does not show that it has the focus');
  const box = (drawn[1] ?? element).getBoundingClientRect();
  const points = [[0.5, 0.5], [0.1, 0.5], [0.9, 0.5], [0.5, 0.15], [0.5, 0.85]].map(([x, y]) => [box.left + box.width * x, box.top + box.height * y]);
  const seen = ([x, y]) => {
    const top = document.elementFromPoint(x, y);
    return !!top && drawn.some((one) => one.contains(top) || top.contains(one)) && !top.matches('html, body, #app, .v-application, .v-application__wrap, main');
  };
  if (box.width < 2 || box.height < 2) faults.push('has no size');
  else if (!points.some(seen)) faults.push(`is not to be seen at ${Math.round(box.left)}, ${Math.round(box.top)} (${Math.round(box.width)} × ${Math.round(box.height)}; over it ${document.elementFromPoint(...points[0])?.className ?? 'nothing'})`);
  element.dataset.walked ??= String((window.walked = (window.walked ?? 0) + 1));
  return { key: element.dataset.walked, what: told(element), faults, dated: /^(date|time|month)/.test(element.type ?? '') };
};

/** Goes through the page by the Tab key alone, once around; gives what is wrong. More than `most` stops are a trap. */
export async function walk(page, most = 250) {
  const faults = [];
  const met = new Set();
  let [last, inside] = ['', 0];
  // From the very beginning: before the first thing that takes the focus.
  await page.evaluate(() => {
    for (const one of document.querySelectorAll('[data-walked]')) delete one.dataset.walked;
    window.walked = 0;
    window.scrollTo(0, 0);
    const start = document.createElement('span');
    start.tabIndex = -1;
    document.body.prepend(start);
    start.focus();
    start.remove();
  });
  for (let i = 0; i < most; i++) {
    await page.keyboard.press('Tab');
    const now = await page.evaluate(FOCUSED);
    if (now === null) return faults;
    if (now.key === last) {
      // A date has several stops of its own.
      if (now.dated && ++inside < 12) continue;
    } else inside = 0;
    last = now.key;
    if (now.key === '1' && met.size > 1) return faults; // around without the browser's own bar between
    if (met.has(now.key)) return [...faults, `the Tab key comes back to ${now.what} without leaving the page`];
    met.add(now.key);
    faults.push(...now.faults.map((fault) => `${now.what} ${fault}`));
  }
  return [...faults, `the Tab key does not get out within ${most} presses`];
}

const NAMED = new Set(['button', 'link', 'textbox', 'searchbox', 'combobox', 'checkbox', 'switch', 'radio', 'radiogroup', 'tab', 'slider', 'spinbutton', 'menuitem', 'option', 'dialog', 'navigation', 'img', 'image']);

/** What Chromium gives to a screen reader: whatever one acts upon has a name, headings go down by one, there is one main part. */
export async function spoken(screen) {
  const { nodes } = await screen.send('Accessibility.getFullAXTree');
  const there = nodes.filter(({ ignored }) => !ignored).map(({ role, name, properties = [] }) => ({ role: role.value, name: (name?.value ?? '').trim(), of: Object.fromEntries(properties.map((one) => [one.name, one.value.value])) }));
  // The library calls the frame of a choice a combobox as well as the field in it, which has the name and takes the focus.
  const faults = there.filter(({ role, name, of }) => NAMED.has(role) && name === '' && (role !== 'combobox' || of.focusable)).map(({ role }) => `a ${role} without a name`);
  const levels = there.filter(({ role }) => role === 'heading').map(({ of: { level } }) => level);
  if (levels.filter((level) => level === 1).length !== 1) faults.push(`${levels.filter((level) => level === 1).length} headings of the first level`);
  levels.forEach((level, i) => level > (levels[i - 1] ?? 2) + 1 && faults.push(`a heading of level ${level} after one of ${levels[i - 1]}`));
  for (const role of ['main', 'banner']) if (there.filter((one) => one.role === role).length !== 1) faults.push(`${there.filter((one) => one.role === role).length} ${role}`);
  return faults;
}

/** Whether something makes the page wider than the screen, and what. */
export const TOO_WIDE = () => {
  const { scrollWidth, clientWidth } = document.documentElement;
  if (scrollWidth <= clientWidth + 1) return []; // half a pixel is rounded up
  const scrolls = (one) => one && one !== document.body && (/auto|scroll|hidden|clip/.test(getComputedStyle(one).overflowX) || scrolls(one.parentElement));
  const beyond = [...document.querySelectorAll('main *, header *, nav *')].filter((one) => one.getBoundingClientRect().right > clientWidth + 1 && !scrolls(one.parentElement));
  return [`is ${scrollWidth} wide on a screen of ${clientWidth}: ${beyond.slice(0, 3).map((one) => `${one.tagName.toLowerCase()}.${[...one.classList].slice(0, 3).join('.')}`).join(', ')}`];
};

/** Words that are cut off by what they stand in. */
export const CUT_OFF = () =>
  [...document.querySelectorAll('.v-btn__content, .v-chip__content, h1, h2, h3, th, td, dt, dd, p, label')]
    .filter((one) => {
      if (!one.innerText?.trim() || one.closest('.spoken, .v-skeleton-loader, [aria-hidden=true]')) return false;
      const { overflowX, overflowY, textOverflow } = getComputedStyle(one);
      if (textOverflow === 'ellipsis') return false;
      const cuts = (way) => /hidden|clip/.test(way);
      return (cuts(overflowX) && one.scrollWidth > one.clientWidth + 2) || (cuts(overflowY) && one.scrollHeight > one.clientHeight + 2);
    })
    .map((one) => `cuts off “${one.innerText.trim().slice(0, 40)}” (${one.className})`);

/** Text as far apart as anybody may set it. */
export const SPACED = '* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important } p { margin-bottom: 2em !important }';

/** Lines that the eye loses on its way back: of more than 60 full-width or 120 other letters. */
export const LONG_LINES = () =>
  [...document.querySelectorAll('main p, main li, main dd, main .v-alert__content, main label')]
    .filter((one) => [...one.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim().length > 60))
    .filter((one) => {
      const line = document.createRange();
      line.selectNodeContents(one);
      return Math.max(...[...line.getClientRects()].map(({ width }) => width)) > 62 * parseFloat(getComputedStyle(one).fontSize);
    })
    .map((one) => `has a line of ${Math.round(one.getBoundingClientRect().width)} px: “${one.innerText.trim().slice(0, 40)}”`);
