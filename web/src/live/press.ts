// A press on the bid button. The amount is frozen when the finger goes down: what the buyer saw is what is sent, whatever has
// changed by the time the finger goes up. A press that comes within GUARD_MS of a change of the amount was meant for the
// amount before it, so it is not sent, and says so. That holds too when there was nothing to bid in between.

export const GUARD_MS = 500;

export type Press = { kind: 'send'; amount: number } | { kind: 'changed'; from: number; to: number } | { kind: 'none' };

export class PressGuard {
  private amount: number | null = null;
  /** The latest that there was, and the one before it. */
  private last: number | null = null;
  private before: number | null = null;
  private changedAt = -Infinity;
  private frozen: Press = { kind: 'none' };

  /** The amount on the button as of steady time `at`; null: there is nothing to bid. */
  offer(amount: number | null, at: number): void {
    this.amount = amount;
    if (amount === null || amount === this.last) return;
    if (this.last !== null) {
      this.before = this.last;
      this.changedAt = at;
    }
    this.last = amount;
  }

  /** The finger (or Space, or Enter) goes down. */
  down(at: number): void {
    if (this.amount === null) this.frozen = { kind: 'none' };
    else if (at - this.changedAt < GUARD_MS && this.before !== null) this.frozen = { kind: 'changed', from: this.before, to: this.amount };
    else this.frozen = { kind: 'send', amount: this.amount };
  }

  /** It comes up on the button: what to do. Without a down (a click made by assistive technology) down and up are one. */
  up(at: number): Press {
    if (this.frozen.kind === 'none') this.down(at);
    const press = this.frozen;
    this.frozen = { kind: 'none' };
    return press;
  }

  /** It comes up elsewhere, or the press is called off. */
  cancel(): void {
    this.frozen = { kind: 'none' };
  }

  /** The amount that a press under way stands for; null: none. */
  held(): number | null {
    return this.frozen.kind === 'send' ? this.frozen.amount : null;
  }
}
