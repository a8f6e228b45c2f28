// Japanese first, English as its equal. Texts are kept by area; those of an area are fetched with its first page, so that a buyer's
// phone does not load the office's. A key that one language lacks fails a test; at run time Japanese stands in.
import { createI18n } from 'vue-i18n';
import commonEn from './en/common.json';
import commonJa from './ja/common.json';

const areas = import.meta.glob<{ default: object }>('./{ja,en}/*.json');

export const i18n = createI18n({
  legacy: false,
  locale: 'ja' as string,
  fallbackLocale: 'ja',
  messages: { ja: { common: commonJa }, en: { common: commonEn } },
  missingWarn: false,
  fallbackWarn: false,
});

const loaded = new Set<string>(['common']);

/** Fetches the texts of an area (the name of its files) in both languages, once. */
export async function loadArea(area: string): Promise<void> {
  if (loaded.has(area)) return;
  await Promise.all(
    ['ja', 'en'].map(async (language) => {
      const texts = await areas[`./${language}/${area}.json`]?.();
      if (texts) i18n.global.mergeLocaleMessage(language, { [area]: texts.default });
    }),
  );
  loaded.add(area);
}
