// @ts-check
// Several boxes in a scene, and what each is said to be.

import { themed } from "../theme.js";
import { iou, Scenes } from "./scenes.js";

/**
 * @import { Cell, Place } from "./scenes.js"
 *
 * @typedef {{box: number[], kind: number, right: boolean}} Said
 */

const COVERS = 0.5; // from this IoU on a box counts as being around a shape

/** True boxes, dashed; those that are said, with their class; thin where one is rejected. */
export class Regions extends Scenes {
  /** @override */
  legend() {
    return this.view.word("regions.legend");
  }

  /** @param {number} column */
  truths(column) {
    const kinds = this.part("true_class", column);
    return kinds.map((kind, i) => ({ kind, box: this.part("true_box", column, i) }));
  }

  /**
   * The boxes that are said of a scene.
   *
   * @param {Cell} cell
   * @returns {Said[]}
   */
  boxes({ row, column }) {
    const truths = this.truths(column);
    return this.part("said_class", row, column)
      .map((kind, i) => ({ kind, box: this.part("said_box", row, column, i) }))
      .filter(({ kind }) => kind <= this.options.classes.length)
      .map(({ kind, box }) => ({ kind, box, right: truths.some((true_) =>
        true_.kind === kind && iou(box, true_.box) >= COVERS) }));
  }

  /** @param {Cell} cell */
  counts(cell) {
    const said = this.boxes(cell);
    const shapes = said.filter(({ kind }) => kind < this.options.classes.length);
    const found = this.truths(cell.column).filter((true_) => shapes.some(({ kind, box }) =>
      kind === true_.kind && iou(box, true_.box) >= COVERS));
    return { boxes: said.length, rejected: said.length - shapes.length, found: found.length,
      wrong: shapes.filter(({ right }) => !right).length };
  }

  /**
   * @param {CanvasRenderingContext2D} c
   * @param {Cell} cell
   * @param {Place} place
   * @override
   */
  paintCell(c, cell, place) {
    this.paintPixels(c, place, this.inked(this.part("image", cell.column)));
    const { classes } = this.options;
    c.setLineDash([4, 3]);
    for (const { box } of this.truths(cell.column)) this.paintBox(c, place, box, this.ink, 1.5);
    c.setLineDash([]);
    const color = themed(this.rows[cell.row].color, this.view.theme.dark);
    for (const { box, kind, right } of this.boxes(cell)) {
      const shape = kind < classes.length;
      c.globalAlpha = shape ? 1 : 0.6;
      this.paintBox(c, place, box, shape ? color : this.ink, shape ? 3 : 1);
      c.globalAlpha = 1;
      if (shape) this.paintName(c, place, box, `${classes[kind]}${right ? "" : " ✗"}`, right);
    }
  }

  /**
   * @param {Cell} cell
   * @override
   */
  below(cell) {
    const { found } = this.counts(cell);
    const all = this.truths(cell.column).length;
    return { text: this.view.word("regions.found", { found, all }), wrong: found < all };
  }

  /**
   * @param {Cell} cell
   * @override
   */
  told(cell) {
    const { classes } = this.options;
    const truth = this.truths(cell.column).map(({ kind }) => classes[kind]).join(", ");
    return this.view.word("regions.told", { net: this.rows[cell.row].label, truth,
      ...this.counts(cell) });
  }
}
