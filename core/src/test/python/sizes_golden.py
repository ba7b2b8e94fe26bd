"""Makes small transformers of other sizes than the end-to-end cases have, and one forward of each.

Usage: PYTHONPATH=<diffusers>/src python sizes_golden.py ../resources/golden/sizes
Writes <case>/model/transformer (random weights of the seed below, bfloat16) and <case>/transformer.safetensors as
transformer_golden.py does: heads, depth, frames and portrait shapes vary.
"""
import json, os, sys
import diffusers, torch
from diffusers import CogVideoXTransformer3DModel
from safetensors.torch import save_file
from transformer_golden import rotary

SEED = 11
COMMON = dict(
    attention_head_dim=16, in_channels=8, out_channels=8, time_embed_dim=8, text_embed_dim=20, max_text_seq_length=9,
    patch_size=2, temporal_compression_ratio=4)
CASES = {  # config; latent frames, rows, columns
    "portrait-2b": (dict(
        num_attention_heads=3, num_layers=5, sample_width=6, sample_height=10, sample_frames=9), (3, 10, 6)),
    "long-5b": (dict(
        num_attention_heads=5, num_layers=1, sample_width=10, sample_height=6, sample_frames=17,
        use_rotary_positional_embeddings=True), (5, 8, 10)),
    "portrait-1.5": (dict(
        num_attention_heads=2, num_layers=3, sample_width=16, sample_height=16, sample_frames=25, patch_size_t=2,
        patch_bias=False, use_rotary_positional_embeddings=True), (8, 12, 6)),
}


def main(root):
    for case, (config, (f, h, w)) in CASES.items():
        folder = os.path.join(root, case)
        network = os.path.join(folder, "model", "transformer")
        os.makedirs(network, exist_ok=True)
        torch.manual_seed(SEED)
        model = CogVideoXTransformer3DModel(**COMMON, **config).eval()
        with torch.no_grad():
            for p in model.parameters():  # norms and biases too: ones and zeros would hide a mix-up
                p.copy_((p + 0.1 * torch.randn_like(p)).bfloat16().float())
        state = {k: v.bfloat16().contiguous() for k, v in model.state_dict().items()}
        save_file(state, os.path.join(network, "diffusion_pytorch_model.safetensors"), metadata={"format": "pt"})
        written = {"_class_name": "CogVideoXTransformer3DModel", **COMMON, **config}
        with open(os.path.join(network, "config.json"), "w") as out:
            json.dump(written, out, indent=2)
            out.write("\n")
        c = model.config
        latents = torch.randn(2, f, c.in_channels, h, w)
        text = torch.randn(2, c.max_text_seq_length, c.text_embed_dim)
        timestep = torch.tensor([899, 3])
        with torch.no_grad():
            output = model(
                latents, text, timestep,
                image_rotary_emb=rotary(c, f, h, w) if c.use_rotary_positional_embeddings else None).sample
        save_file(
            {"latents": latents, "text": text, "timestep": timestep, "output": output.contiguous()},
            os.path.join(folder, "transformer.safetensors"),
            metadata={
                "source": f"diffusers {diffusers.__version__} CogVideoXTransformer3DModel, torch {torch.__version__}",
                "seed": str(SEED), "tolerance": "1e-5", "script": "core/src/test/python/sizes_golden.py"})
        print(case, tuple(output.shape), float(output.abs().max()), sorted(state)[:3])


if __name__ == "__main__":
    main(sys.argv[1])
