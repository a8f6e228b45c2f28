// What stands around every page: a newer client is offered, and taken into use by this person's word alone; waiting is counted down.
import { effectScope, nextTick, shallowRef, type EffectScope, type Ref } from 'vue';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ApiError, type Problem } from '@/api/client';
import { useReturnFocus } from '@/composables/useReturnFocus';
import { useUpdate, type Update } from '@/composables/useUpdate';
import { useWait } from '@/composables/useWait';

class Worker extends EventTarget {
  postMessage = vi.fn();
}
class Registration extends EventTarget {
  waiting: Worker | null = null;
  installing: Worker | null = null;
  update = vi.fn(async () => undefined);
  /** The browser has found a newer one: fetched, it waits. */
  find(): Worker {
    const worker = new Worker();
    this.installing = worker;
    this.dispatchEvent(new Event('updatefound'));
    [this.installing, this.waiting] = [null, worker];
    worker.dispatchEvent(new Event('statechange'));
    return worker;
  }
}
class Workers extends EventTarget {
  controller: object | null = {};
  registration = new Registration();
  register = vi.fn(async () => this.registration);
  takeOver(): void {
    this.controller = {};
    this.dispatchEvent(new Event('controllerchange'));
  }
}

describe('a newer client', () => {
  let scope: EffectScope;
  const reload = vi.fn();
  beforeEach(() => {
    vi.useFakeTimers();
    reload.mockClear();
    scope = effectScope();
  });
  afterEach(() => {
    scope.stop();
    vi.useRealTimers();
  });
  async function start(workers?: Workers): Promise<Update> {
    const update = scope.run(() => useUpdate(workers as unknown as ServiceWorkerContainer | undefined, reload)) as Update;
    await vi.advanceTimersByTimeAsync(0);
    return update;
  }

  it('is offered when it waits, and used when this person says so', async () => {
    const workers = new Workers();
    const update = await start(workers);
    expect(update.ready.value).toBe(false);
    const worker = workers.registration.find();
    expect(update.ready.value).toBe(true);
    update.now();
    expect(worker.postMessage).toHaveBeenCalledWith({ type: 'SKIP_WAITING' });
    expect(reload).not.toHaveBeenCalled();
    workers.takeOver();
    expect(reload).toHaveBeenCalledTimes(1);
  });
  it('is offered by a page that opens while it waits already', async () => {
    const workers = new Workers();
    workers.registration.waiting = new Worker();
    expect((await start(workers)).ready.value).toBe(true);
  });
  it('waits on when it is put off', async () => {
    const workers = new Workers();
    const update = await start(workers);
    const worker = workers.registration.find();
    update.later();
    expect(update.ready.value).toBe(false);
    expect(worker.postMessage).not.toHaveBeenCalled();
  });
  it('never reloads a window for what another window chose, but says that it is old', async () => {
    const workers = new Workers();
    const update = await start(workers);
    workers.registration.find();
    update.later();
    workers.registration.waiting = null;
    workers.takeOver();
    expect(reload).not.toHaveBeenCalled();
    expect(update.ready.value).toBe(true);
    update.now();
    expect(reload).toHaveBeenCalledTimes(1);
  });
  it('is not what the first one is', async () => {
    const workers = new Workers();
    workers.controller = null;
    const update = await start(workers);
    workers.takeOver();
    expect(reload).not.toHaveBeenCalled();
    expect(update.ready.value).toBe(false);
    workers.registration.find();
    expect(update.ready.value).toBe(true);
  });
  it('is loaded even if the takeover is never told', async () => {
    const workers = new Workers();
    const update = await start(workers);
    workers.registration.find();
    update.now();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(reload).toHaveBeenCalledTimes(1);
  });
  it('is looked for every half hour, until the page goes', async () => {
    const workers = new Workers();
    await start(workers);
    await vi.advanceTimersByTimeAsync(60 * 60_000);
    expect(workers.registration.update).toHaveBeenCalledTimes(2);
    scope.stop();
    await vi.advanceTimersByTimeAsync(60 * 60_000);
    expect(workers.registration.update).toHaveBeenCalledTimes(2);
  });
  it('is no matter where the browser keeps no pages', async () => {
    expect((await start()).ready.value).toBe(false);
  });
});

describe('a refusal that names a time', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());
  it('is counted down in whole seconds, anew with each refusal, and ends', async () => {
    const scope = effectScope();
    const refused = (retryAfterMs?: number) => new ApiError('RATE_LIMITED', '', 429, { code: 'RATE_LIMITED', retryAfterMs } as Problem);
    const error = shallowRef<unknown>(null);
    const left = scope.run(() => useWait(() => error.value)) as Readonly<Ref<number>>;
    expect(left.value).toBe(0);
    error.value = refused(2_400);
    await nextTick();
    expect(left.value).toBe(3);
    await vi.advanceTimersByTimeAsync(1_500);
    expect(left.value).toBe(1);
    error.value = refused(5_000);
    await nextTick();
    expect(left.value).toBe(5);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(left.value).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
    error.value = refused();
    await nextTick();
    expect(left.value).toBe(0);
    scope.stop();
  });
});

describe('a dialog that closes', () => {
  const scope = effectScope();
  afterEach(() => {
    scope.stop();
    document.body.replaceChildren();
  });
  it('gives the focus back to the newest that is still there, unless somebody has taken it', async () => {
    document.body.innerHTML =
      '<button id="far"></button><button id="near"></button><div><div class="v-dialog v-overlay--active"><button id="yes"></button></div></div>';
    const at = (id: string) => document.getElementById(id) as HTMLElement;
    for (const id of ['far', 'near']) at(id).getClientRects = () => [{}] as unknown as DOMRectList;
    scope.run(useReturnFocus);
    const dialog = document.querySelector('.v-dialog') as HTMLElement;
    const ask = () => {
      dialog.classList.add('v-overlay--active');
      at('yes').focus();
    };
    at('far').focus();
    at('near').focus();
    ask();
    dialog.classList.remove('v-overlay--active');
    await Promise.resolve();
    expect(document.activeElement).toBe(at('near'));

    ask();
    at('near').remove();
    dialog.classList.remove('v-overlay--active');
    await Promise.resolve();
    expect(document.activeElement).toBe(at('far'));

    const elsewhere = document.body.appendChild(document.createElement('button'));
    ask();
    elsewhere.focus();
    dialog.remove();
    await Promise.resolve();
    expect(document.activeElement).toBe(elsewhere);
  });
});
