package kinema.cogvideox;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import kinema.cogvideox.draft.DraftFile;
import kinema.cogvideox.files.CalibrationFile;
import kinema.cogvideox.files.CogVideoXConversion;
import kinema.cogvideox.files.ModelFiles;
import kinema.system.OpenOptions;
import kinema.system.PipelineDescription;
import kinema.system.PipelineRules;
import kinema.system.VideoCodec;
import kinema.system.VideoPipeline;
import kinema.system.VideoSystem;
import kinema.tensor.Precision;
import kinema.weights.CheckpointParts;
import kinema.weights.ConversionListener;
import kinema.weights.ModelIndex;

/**
 * CogVideoX: 2b, 5b and 1.5, from text, images, videos and control videos, in the published layout and the authors' own.
 *
 * @see <a href="https://arxiv.org/abs/2408.06072">CogVideoX</a>
 */
public final class CogVideoX implements VideoSystem {
    @Override
    public String name() {
        return "cogvideox";
    }

    @Override
    public List<String> pipelines() {
        return Task.pipelines();
    }

    @Override
    public List<String> layouts() {
        return List.of("transformer/*/mp_rank_00_model_states.pt, as CogVideoX's authors give it out");
    }

    @Override
    public boolean owns(Path folder) {
        return ModelFiles.isAuthors(folder)
                || ModelIndex.pipelineIn(folder).filter(pipelines()::contains).isPresent();
    }

    @Override
    public PipelineRules rules(Path folder) {
        return CogVideoXRules.of(folder);
    }

    /** Pictures of bf16 are 50 dB from those of fp32, of 2b's shapes 51 (docs/performance.md). */
    @Override
    public Precision shortest() {
        return Precision.BF16;
    }

    @Override
    public boolean quantizes() {
        return true;
    }

    @Override
    public PipelineDescription describe(Path folder) {
        return CogVideoXDescription.of(folder);
    }

    /** A draft decoder, of which drafts tell, and what {@code kinema calibrate} measured, of which videos that go by it tell. */
    @Override
    public boolean isBeside(Path file) {
        return file.startsWith(DraftFile.FOLDER) || CalibrationFile.isOne(file);
    }

    @Override
    public CheckpointParts parts(Path folder) {
        return ModelFiles.of(folder);
    }

    @Override
    public VideoPipeline open(Path folder, OpenOptions options) {
        return CogVideoXPipeline.open(folder, options);
    }

    @Override
    public Optional<VideoCodec> openVae(Path folder, OpenOptions options) {
        return Optional.of(CogVideoXCodec.open(folder, options));
    }

    @Override
    public void convert(Path folder, Path target, ConversionListener listener) throws IOException {
        CogVideoXConversion.convert(folder, target, listener);
    }
}
