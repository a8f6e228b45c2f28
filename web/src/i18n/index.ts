// Japanese first, English as its equal. Texts are kept by area; those of an area are fetched with its first page, and in the language
// that is spoken, so that a buyer's phone loads neither the office's nor those of the other language. A key that one language lacks
// fails a test.
import { createI18n } from 'vue-i18n';
import commonEn from './en/common.json';
import commonJa from './ja/common.json';

type Language = 'ja' | 'en';

const areas = import.meta.glob<{ default: object }>(['./{ja,en}/*.json', '!./*/common.json']);

/** Frozen, so that Vue does not watch each text for changes that never come: they are looked up some hundred times a page. */
const frozen = <T extends object>(texts: T): Readonly<T> => Object.freeze(texts);

export const i18n = createI18n({
  legacy: false,
  locale: 'ja' as string,
  fallbackLocale: 'ja',
  messages: { ja: frozen({ common: commonJa }), en: frozen({ common: commonEn }) },
  missingWarn: false,
  fallbackWarn: false,
});

let spoken: Language = 'ja';
/** What pages have asked for so far; `common` is always there. */
const wanted = new Set<string>();
const fetched = new Map<string, Promise<void>>();

/** The texts of an area in a language, once; after a failure again. */
function fetchTexts(language: Language, area: string): Promise<void> {
  const path = `./${language}/${area}.json`;
  let task = fetched.get(path);
  if (!task) {
    task = (areas[path]?.() ?? Promise.reject(new Error(`no texts ${path}`))).then(({ default: texts }) => {
      i18n.global.setLocaleMessage(language, frozen({ ...i18n.global.getLocaleMessage(language), [area]: texts }));
    });
    fetched.set(path, task);
    task.catch(() => fetched.delete(path));
  }
  return task;
}

/** Fetches the texts of an area (the name of its files) in the language that is spoken. */
export function loadArea(area: string): Promise<void> {
  wanted.add(area);
  return fetchTexts(spoken, area);
}

/** Goes over to a language as soon as all texts in use are there in it; if they do not come, the old one stays and this rejects. */
export async function speak(language: Language): Promise<void> {
  spoken = language;
  try {
    await Promise.all([...wanted].map((area) => fetchTexts(language, area)));
  } catch (error) {
    if (spoken === language) spoken = i18n.global.locale.value as Language;
    throw error;
  }
  if (spoken === language) i18n.global.locale.value = language;
}
