// @ts-check
// The kinds of stages, by the name that a page calls them.

import { Adapt } from "./adapt.js";
import { Answered, AnsweredOwn } from "./answered.js";
import { Asked, AskedOwn } from "./asked.js";
import { Block } from "./block.js";
import { Captioned, Looked } from "./captioned.js";
import { Composed } from "./composed.js";
import { Continued } from "./continued.js";
import { Episode } from "./episode.js";
import { Field } from "./field.js";
import { Gaps } from "./gaps.js";
import { Heads } from "./heads.js";
import { Latent } from "./latent.js";
import { Maps } from "./maps.js";
import { Masks } from "./masks.js";
import { Pole } from "./pole.js";
import { Posed } from "./posed.js";
import { Regions } from "./regions.js";
import { Found, Segmented } from "./scenes.js";
import { Song } from "./song.js";
import { Sphere } from "./sphere.js";
import { Tokens } from "./tokens.js";
import { Translator } from "./translator.js";
import { Writer } from "./writer.js";

/** @import { Stage, StageSpec } from "../stage.js" */
/** @import { View } from "../view.js" */

/** @type {Record<string, new (view: View, spec: StageSpec) => Stage>} */
export const STAGES = {
  adapt: Adapt, answered: Answered, answered_own: AnsweredOwn, asked: Asked,
  asked_own: AskedOwn, block: Block, captioned: Captioned, composed: Composed,
  continued: Continued, episode: Episode, field: Field, found: Found, gaps: Gaps, heads: Heads,
  latent: Latent, looked: Looked, maps: Maps, masks: Masks, pole: Pole, posed: Posed,
  regions: Regions, segmented: Segmented, song: Song, sphere: Sphere, tokens: Tokens,
  translator: Translator, writer: Writer,
};
