"""Makes the expected output of one transformer forward for the golden cases.

Usage: PYTHONPATH=<diffusers>/src python transformer_golden.py ../resources/golden/cogvideox
Writes <case>/transformer.safetensors: latents (2, F, C, h, w), text (2, 226, Ct), timestep (2) int64 and the output
(2, F, 16, h, w), computed by diffusers' CogVideoXTransformer3DModel in float32 on the CPU.
"""
import json, os, sys
import diffusers, torch
from diffusers import CogVideoXTransformer3DModel
from diffusers.models.embeddings import get_3d_rotary_pos_embed
from diffusers.pipelines.cogvideo.pipeline_cogvideox import get_resize_crop_region_for_grid
from safetensors.torch import save_file

SEED = 7
SIZES = {  # latent frames, rows, columns; the learned positions exist for one size only
    "t2v-2b": (3, 8, 12), "t2v-2b-size": (5, 6, 14), "t2v-5b": (3, 8, 12), "t2v-5b-size": (5, 12, 8),
    "t2v-5b-nocfg": (1, 10, 6), "i2v-5b": (3, 8, 12), "t2v-1.5": (6, 8, 10), "i2v-1.5": (6, 8, 12),
    "control-fun": (3, 8, 12),
}


def rotary(c, f, h, w):
    p, gh, gw, bh, bw = c.patch_size, h // c.patch_size, w // c.patch_size, c.sample_height // 2, c.sample_width // 2
    if c.patch_size_t is None:
        crops = get_resize_crop_region_for_grid((gh, gw), bw, bh)
        return get_3d_rotary_pos_embed(c.attention_head_dim, crops, (gh, gw), f)
    return get_3d_rotary_pos_embed(
        c.attention_head_dim, None, (gh, gw), f // c.patch_size_t, grid_type="slice", max_size=(bh, bw))


def main(root):
    for case, (f, h, w) in SIZES.items():
        model = CogVideoXTransformer3DModel.from_pretrained(os.path.join(root, case, "model", "transformer"))
        c = model.config
        torch.manual_seed(SEED)
        latents = torch.randn(2, f, c.in_channels, h, w)
        text = torch.randn(2, c.max_text_seq_length, c.text_embed_dim)
        timestep = torch.tensor([999, 19])
        with torch.no_grad():
            output = model(
                latents, text, timestep,
                ofs=torch.full((1,), 2.0) if c.ofs_embed_dim else None,
                image_rotary_emb=rotary(c, f, h, w) if c.use_rotary_positional_embeddings else None).sample
        save_file(
            {"latents": latents, "text": text, "timestep": timestep, "output": output.contiguous()},
            os.path.join(root, case, "transformer.safetensors"),
            metadata={
                "source": f"diffusers {diffusers.__version__} CogVideoXTransformer3DModel, torch {torch.__version__}",
                "seed": str(SEED), "tolerance": "1e-4", "script": "core/src/test/python/transformer_golden.py"})
        print(case, tuple(output.shape), float(output.abs().max()))


if __name__ == "__main__":
    main(sys.argv[1])
