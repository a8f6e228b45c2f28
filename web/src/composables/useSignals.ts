// Sound and vibration for what must not be missed; both can be switched off. The tones are made here: nothing to download, nothing
// that the content policy would have to allow. Browsers keep silent until the person has touched the page, and so do we.
import { useSettings } from '@/stores/settings';

export type Signal = 'accepted' | 'outbid' | 'refused' | 'extended' | 'won';

/** Notes as [Hz, s], and a pattern of vibration in ms. */
const SIGNALS: Record<Signal, { notes: [number, number][]; vibration: number[] }> = {
  accepted: { notes: [[880, 0.08], [1175, 0.12]], vibration: [60] },
  outbid: { notes: [[520, 0.15], [390, 0.25]], vibration: [120, 60, 120] },
  refused: { notes: [[220, 0.25]], vibration: [200] },
  extended: { notes: [[660, 0.08]], vibration: [40] },
  won: { notes: [[659, 0.12], [784, 0.12], [1047, 0.3]], vibration: [80, 40, 80, 40, 200] },
};

let context: AudioContext | undefined;

function play(notes: readonly [number, number][]): void {
  context ??= new AudioContext();
  if (context.state === 'suspended') void context.resume();
  let at = context.currentTime + 0.01;
  for (const [hz, seconds] of notes) {
    const [tone, volume] = [context.createOscillator(), context.createGain()];
    tone.frequency.value = hz;
    volume.gain.setValueAtTime(0.18, at);
    volume.gain.exponentialRampToValueAtTime(0.001, at + seconds);
    tone.connect(volume).connect(context.destination);
    tone.start(at);
    tone.stop((at += seconds));
  }
}

export function useSignals(): { signal: (what: Signal) => void } {
  const settings = useSettings();
  return {
    signal(what) {
      const { notes, vibration } = SIGNALS[what];
      const touched = navigator.userActivation?.hasBeenActive ?? true;
      if (settings.sound && touched && typeof AudioContext !== 'undefined') play(notes);
      if (settings.vibration && touched) navigator.vibrate?.(vibration);
    },
  };
}
