// A file for the person to keep: made here or fetched with the session's token, handed over under a name.
export function saveFile(content: Blob, name: string): void {
  const url = URL.createObjectURL(content);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // The browser has taken it by the next turn, not by this one.
  setTimeout(() => URL.revokeObjectURL(url));
}
