// A curve on a canvas: as wide as its box, in the theme's colours, drawn anew at most once a frame whatever comes in, and not while
// it is out of view.
import 'uplot/dist/uPlot.min.css';
import UPlot from 'uplot';
import { onBeforeUnmount, onMounted, watch, type Ref } from 'vue';
import { useTheme } from 'vuetify';

/** Of the line, of what is written, of the grid. */
export type PlotColors = Record<'primary' | 'ink' | 'grid', string>;

/** `options` gets the colours as they are; `data` is asked for when it is drawn. Returns what asks for a new drawing. */
export function usePlot(box: Ref<HTMLElement | undefined>, height: () => number, options: (colors: PlotColors) => Omit<UPlot.Options, 'width' | 'height'>, data: () => UPlot.AlignedData): () => void {
  const theme = useTheme();
  let plot: UPlot | undefined;
  let frame = 0;
  let observer: ResizeObserver | undefined;
  let viewer: IntersectionObserver | undefined;
  let inView = true;
  let due = false;

  function make(): void {
    if (!box.value) return;
    plot?.destroy();
    const { primary, 'on-surface-variant': ink, 'surface-variant': grid } = theme.current.value.colors;
    const own = options({ primary: primary as string, ink: ink as string, grid: grid as string });
    plot = new UPlot({ width: box.value.clientWidth, height: height(), legend: { show: false }, cursor: { show: false }, ...own }, data(), box.value);
  }

  function redraw(): void {
    due = !inView;
    if (inView) plot?.setData(data());
  }

  onMounted(() => {
    make();
    viewer = new IntersectionObserver((changes) => {
      inView = changes.at(-1)?.isIntersecting ?? true;
      if (inView && due) redraw();
    });
    if (box.value) viewer.observe(box.value);
    observer = new ResizeObserver(() => box.value && plot?.setSize({ width: box.value.clientWidth, height: height() }));
    if (box.value) observer.observe(box.value);
  });
  onBeforeUnmount(() => {
    cancelAnimationFrame(frame);
    observer?.disconnect();
    viewer?.disconnect();
    plot?.destroy();
  });
  watch(() => theme.current.value.dark, make);

  return () => {
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(redraw);
  };
}
