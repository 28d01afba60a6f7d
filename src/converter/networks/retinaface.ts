import type { Network } from '../importers/keras/import-keras.ts'
import { add, batchNorm, concatenate, conv2d, cropLike, halvesSoftmax, input, type Layer, maxPool, relu, upsample, zeroPadding } from '../importers/keras/layers.ts'

/**
 * RetinaFace on ResNet-50, for pictures of any size. Deng et al., "RetinaFace: Single-stage Dense Face Localisation in the Wild",
 * arXiv:1905.00641; Najibi et al., "SSH", arXiv:1708.03979; He et al., arXiv:1603.05027; serengil/retinaface 0.0.17,
 * retinaface/model/retinaface_model.py, a port of insightface's R50.
 */
const norm = (x: Layer, name: string): Layer => batchNorm(x, { epsilon: 1.9999999494757503e-05, name })

/** The first unit of a stage reduces the resolution and adds channels; the feature pyramid reads `relu2`. */
function unit (x: Layer, filters: number, strides: number, name: string, first: boolean): { readonly out: Layer, readonly relu2: Layer } {
  const before = relu(norm(x, `${name}_bn1`), `${name}_relu1`)
  const conv1 = conv2d(before, filters, 1, { bias: false, name: `${name}_conv1` })
  const relu2 = relu(norm(conv1, `${name}_bn2`), `${name}_relu2`)
  const conv2 = conv2d(zeroPadding(relu2, 1), filters, 3, { strides, bias: false, name: `${name}_conv2` })
  const relu3 = relu(norm(conv2, `${name}_bn3`), `${name}_relu3`)
  const conv3 = conv2d(relu3, filters * 4, 1, { bias: false, name: `${name}_conv3` })
  const shortcut = first ? conv2d(before, filters * 4, 1, { strides, bias: false, name: `${name}_sc` }) : x
  return { out: add(conv3, shortcut), relu2 }
}

function stage (x: Layer, filters: number, units: number, strides: number, name: string): { readonly out: Layer, readonly relu2: Layer } {
  const first = unit(x, filters, strides, `${name}_unit1`, true)
  let { out } = first
  for (let i = 2; i <= units; i++) out = unit(out, filters, 1, `${name}_unit${i}`, false).out
  return { out, relu2: first.relu2 }
}

/** Pre-activation ResNet-50: returns its maps of strides 8, 16 and 32. */
function resnet50 (): readonly [Layer, Layer, Layer] {
  let x = norm(input('height', 'width', 3), 'bn_data')
  x = conv2d(zeroPadding(x, 3), 64, 7, { strides: 2, bias: false, name: 'conv0' })
  x = relu(norm(x, 'bn0'), 'relu0')
  x = maxPool(zeroPadding(x, 1), 3, { strides: 2, name: 'pooling0' })
  const first = stage(x, 64, 3, 1, 'stage1')
  const second = stage(first.out, 128, 4, 2, 'stage2')
  const third = stage(second.out, 256, 6, 2, 'stage3')
  const fourth = stage(third.out, 512, 3, 2, 'stage4')
  return [third.relu2, fourth.relu2, relu(norm(fourth.out, 'bn1'), 'relu1')]
}

function ssh (x: Layer, filters: number, size: 1 | 3, name: string): Layer {
  return norm(conv2d(size === 3 ? zeroPadding(x, 1) : x, filters, size, { name }), `${name}_bn`)
}

/** Adds the map above, upsampled twofold, to the map of a level and smooths the sum. */
function merged (level: Layer, above: Layer, up: string, aggregate: string): Layer {
  const sum = add(level, cropLike(upsample(above, 2, up), level))
  return relu(ssh(sum, 256, 3, aggregate), `${aggregate}_relu`)
}

/** Context module: windows of 3×3, 5×5 and 7×7, the larger ones as two and three of 3×3. */
function context (x: Layer, name: string): Layer {
  const narrow = ssh(x, 256, 3, `${name}_conv1`)
  const shared = relu(ssh(x, 128, 3, `${name}_context_conv1`), `${name}_context_conv1_relu`)
  const wide = ssh(shared, 128, 3, `${name}_context_conv2`)
  const deeper = relu(ssh(shared, 128, 3, `${name}_context_conv3_1`), `${name}_context_conv3_1_relu`)
  const widest = ssh(deeper, 128, 3, `${name}_context_conv3_2`)
  return relu(concatenate([narrow, wide, widest], `${name}_concat`), `${name}_concat_relu`)
}

/** Heads for two anchors a pixel. */
function heads (x: Layer, stride: number): Record<string, Layer> {
  const head = (channels: number, name: string): Layer => conv2d(x, channels, 1, { name: `face_rpn_${name}_stride${stride}` })
  return {
    [`prob_stride${stride}`]: halvesSoftmax(head(4, 'cls_score')),
    [`bbox_stride${stride}`]: head(8, 'bbox_pred'),
    [`landmark_stride${stride}`]: head(20, 'landmark_pred')
  }
}

function network (): Record<string, Layer> {
  const [stride8, stride16, stride32] = resnet50()
  const c3 = relu(ssh(stride32, 256, 1, 'ssh_c3_lateral'), 'ssh_c3_lateral_relu')
  const c2 = merged(relu(ssh(stride16, 256, 1, 'ssh_c2_lateral'), 'ssh_c2_lateral_relu'), c3, 'ssh_c3_up', 'ssh_c2_aggr')
  const c1 = merged(relu(ssh(stride8, 256, 1, 'ssh_m1_red_conv'), 'ssh_m1_red_conv_relu'), c2, 'ssh_m2_red_up', 'ssh_c1_aggr')
  return { ...heads(context(c3, 'ssh_m3_det'), 32), ...heads(context(c2, 'ssh_m2_det'), 16), ...heads(context(c1, 'ssh_m1_det'), 8) }
}

/**
 * Input RGB 0 … 255, [n, 3, height, width]. For each stride s, maps of ⌈height / s⌉ × ⌈width / s⌉: `prob_stride<s>` [n, 4, …] (anchor 0
 * no face, anchor 1 no face, anchor 0 face, anchor 1 face), `bbox_stride<s>` [n, 8, …] (dx, dy, dw, dh for each anchor),
 * `landmark_stride<s>` [n, 20, …] (five times x, y for each anchor).
 */
export const retinaFace: Network = { name: 'RetinaFace', outputs: network() }
