// Which language's texts are there when.
import { describe, expect, it, vi } from 'vitest';

async function fresh() {
  vi.resetModules();
  return await import('@/i18n');
}

describe('the texts', () => {
  it('of an area are fetched in the language that is spoken, and in no other', async () => {
    const { i18n, loadArea, speak } = await fresh();
    await speak('en');
    await loadArea('catalogue');
    expect(i18n.global.t('catalogue.sales.title')).toBe('Sales');
    expect(i18n.global.getLocaleMessage('ja')).not.toHaveProperty('catalogue');
  });

  it('of all areas in use are there in another language before it is spoken', async () => {
    const { i18n, loadArea, speak } = await fresh();
    await Promise.all([loadArea('catalogue'), loadArea('account')]);
    const turned = speak('en');
    expect(i18n.global.locale.value).toBe('ja');
    await turned;
    expect(i18n.global.locale.value).toBe('en');
    for (const area of ['common', 'catalogue', 'account']) expect(i18n.global.getLocaleMessage('en')).toHaveProperty(area);
  });

  it('that an area asks for while the language changes come in the new one', async () => {
    const { i18n, loadArea, speak } = await fresh();
    await Promise.all([speak('en'), loadArea('catalogue')]);
    expect(i18n.global.t('catalogue.sales.title')).toBe('Sales');
  });

  it('stay in the old language when those of the new one do not come, and can be asked for again', async () => {
    const { i18n, loadArea, speak } = await fresh();
    await expect(loadArea('nowhere')).rejects.toThrow('nowhere');
    await expect(speak('en')).rejects.toThrow('nowhere');
    expect(i18n.global.locale.value).toBe('ja');
    await loadArea('catalogue');
    expect(i18n.global.getLocaleMessage('ja')).toHaveProperty('catalogue');
  });
});
