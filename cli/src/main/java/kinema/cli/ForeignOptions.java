package kinema.cli;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;

/** What options of other programs that make videos or pictures are called here. */
final class ForeignOptions {
    private static final Map<String, String> HERE = new LinkedHashMap<>();

    static {
        here("--frames N", "num-frames", "n-frames", "video-length", "num-video-frames", "length");
        here("--size WxH", "width", "height", "resolution", "image-size", "w", "h");
        here("--guidance G", "cfg", "cfg-scale", "guidance-scale", "unconditional-guidance-scale", "scale");
        here("--steps N", "num-inference-steps", "inference-steps", "sampling-steps", "ddim-steps", "num-steps");
        here("--negative TEXT", "negative-prompt", "n-prompt", "neg-prompt");
        here("--out FILE", "output", "output-path", "output-dir", "outdir", "save-path", "save-dir", "output-file");
        here(
                "--model DIR",
                "model-path",
                "ckpt",
                "ckpt-path",
                "checkpoint",
                "pretrained-model-name-or-path",
                "model-id");
        here(
                "--count N",
                "num-videos",
                "num-videos-per-prompt",
                "num-samples",
                "n-samples",
                "batch-size",
                "batch-count");
        here("--scheduler NAME", "sampler", "sampling-method", "sample-method");
        here("--seed N", "manual-seed", "random-seed", "noise-seed");
        here("--fps N", "frame-rate", "framerate", "export-fps");
        here("--image FILE", "image-path", "init-image", "image-or-video-path", "first-frame");
        here("--video FILE", "video-path", "init-video", "input-video");
        here("--control FILE", "control-video", "control-image", "pose-video");
        here("--strength S", "denoise", "denoising-strength", "denoise-strength");
        here("--lora FILE", "lora-path", "lora-weights", "lora-dir");
        here("--dtype NAME", "precision", "torch-dtype", "half", "fp16", "bf16", "weight-dtype");
        here("--quant int8", "quantize", "quantization", "int8", "load-in-8bit", "weight-quant");
        here("--device cuda", "gpu", "cuda", "gpus");
        here("--max-memory SIZE", "lowvram", "low-vram", "medvram", "enable-model-cpu-offload", "cpu-offload", "vram");
        here("--tile auto", "vae-tiling", "enable-tiling", "tiling", "enable-vae-tiling");
        here("--prompts FILE", "prompt-file", "from-file", "prompts-file", "input-file");
        here("--debug", "verbose", "v");
    }

    private ForeignOptions() {}

    /**
     * What an option of another program is called for a command.
     *
     * @param written the option as it was written, a value after = included
     * @return such as {@code --frames N}; empty where nobody knows it, or the command has no such option
     */
    static Optional<String> here(String written, CommandSpec command) {
        String name = written.replaceFirst("^-+", "").replaceFirst("=.*$", "").replace('_', '-');
        return Optional.ofNullable(HERE.get(name.toLowerCase(Locale.ROOT)))
                .filter(option -> command.findOption(option.split(" ", 2)[0]) != null);
    }

    private static void here(String option, String... elsewhere) {
        for (String name : elsewhere) {
            HERE.put(name, option);
        }
    }
}
