// What this person chose on this device, before anything is drawn: a page that is to be dark does not begin white. It stands before
// the styles and is awaited, so it is this small; stores/settings.ts keeps the choices.
try {
  const { theme, language } = JSON.parse(localStorage.getItem('seri-settings') ?? '{}');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
  if (language === 'en') document.documentElement.lang = language;
} catch {
  // nothing is kept here: as the device has it
}
