// Makes the icons that an installed client is shown with out of public/icon.svg: `node scripts/icons.mjs`. They are small and
// change with the drawing alone, so they are part of the repository.
import { mkdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const here = (relative) => fileURLToPath(new URL(relative, import.meta.url));
const svg = await readFile(here('../public/icon.svg'), 'utf8');
/** Name, pixels, and how much of them the drawing takes: systems cut maskable icons to their own shape, at most a fifth off. */
const ICONS = [['192', 192, 1], ['512', 512, 1], ['maskable-512', 512, 0.76], ['apple-180', 180, 0.9]];
const GROUND = '#0b5d3b';

await mkdir(here('../public/icons'), { recursive: true });
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] });
for (const [name, size, share] of ICONS) {
  const page = await browser.newPage({ viewport: { width: size, height: size } });
  const drawn = size * share;
  await page.setContent(`<style>body{margin:0;display:grid;place-items:center;height:100vh;background:${share < 1 ? GROUND : 'transparent'}}svg{width:${drawn}px;height:${drawn}px}</style>${svg}`);
  await page.screenshot({ path: here(`../public/icons/${name}.png`), omitBackground: true });
  await page.close();
}
await browser.close();
