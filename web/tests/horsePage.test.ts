// A horse's page when there is much of it, or a picture is missing.
import { mount } from '@vue/test-utils';
import { describe, expect, it, vi } from 'vitest';
import MediaGallery from '@/components/catalogue/MediaGallery.vue';
import RaceRecord from '@/components/catalogue/RaceRecord.vue';
import type { Horse } from '@/live/horse';

vi.mock('vue-i18n', async () => {
  const { ref } = await vi.importActual<typeof import('vue')>('vue');
  return { useI18n: () => ({ t: (key: string) => key, d: () => '', locale: ref('ja') }) };
});
vi.mock('vuetify', async () => {
  const { ref } = await vi.importActual<typeof import('vue')>('vue');
  return { useDisplay: () => ({ smAndUp: ref(true) }) };
});

const global = {
  mocks: { $t: (key: string, values: object = {}) => `${key} ${JSON.stringify(values)}` },
  stubs: { VBtn: { props: ['text'], template: '<button>{{ text }}<slot /></button>' }, VIcon: true, VDialog: true },
};

describe('a race record', () => {
  const career = (count: number) => ({
    id: 1,
    raceRecord: Array.from({ length: count }, (_, i) => ({ date: `2025-01-${String(i + 1).padStart(2, '0')}`, course: '門別', race: `R${i + 1}`, finish: 2 })),
    raceSummary: { starts: count, wins: 0, seconds: count, thirds: 0, prize: 0 },
  }) as unknown as Horse;
  it('says that there is none', () => {
    expect(mount(RaceRecord, { props: { horse: career(0) }, global }).text()).toContain('catalogue.record.none');
  });
  it('shows the latest of a long career, and all when asked; paper has all', async () => {
    const record = mount(RaceRecord, { props: { horse: career(28) }, global });
    expect(record.findAll('tbody tr')).toHaveLength(28);
    expect(record.findAll('.folded tbody tr:not(.earlier)')).toHaveLength(10);
    await record.find('button').trigger('click');
    expect(record.find('.folded').exists()).toBe(false);
    expect(record.find('button').exists()).toBe(false);
  });
  it('needs no asking for a short one', () => {
    expect(mount(RaceRecord, { props: { horse: career(10) }, global }).find('button').exists()).toBe(false);
  });
});

describe('a gallery', () => {
  const photo = (id: number) => ({ id, kind: 'photo', url: `/media/${id}.jpg`, caption: '', contentType: 'image/jpeg', private: false });
  it('says of a picture that does not load that it is missing, and shows the others', async () => {
    const gallery = mount(MediaGallery, { props: { horse: { id: 1, coatColour: 'bay', media: [photo(1), photo(2)] } as unknown as Horse, name: 'ハナ' }, global });
    await gallery.find('.stage img').trigger('error');
    expect(gallery.find('.missing').text()).toContain('catalogue.media.broken');
    await gallery.findAll('.thumbs button')[1]?.trigger('click');
    expect(gallery.find('.stage img').attributes('src')).toBe('/media/2.jpg');
  });
});
