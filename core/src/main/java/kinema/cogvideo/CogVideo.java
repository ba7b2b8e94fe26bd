package kinema.cogvideo;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import kinema.cogvideo.files.CogVideoConversion;
import kinema.cogvideo.files.CogVideoFiles;
import kinema.system.OpenOptions;
import kinema.system.PipelineDescription;
import kinema.system.PipelineRules;
import kinema.system.VideoCodec;
import kinema.system.VideoPipeline;
import kinema.system.VideoSystem;
import kinema.weights.CheckpointParts;
import kinema.weights.ConversionListener;
import kinema.weights.ModelIndex;

/**
 * CogVideo (2022), from text or from text and a first frame, in its authors' files and in a layout of this project's own.
 *
 * @see <a href="https://arxiv.org/abs/2205.15868">CogVideo</a>
 */
public final class CogVideo implements VideoSystem {
    @Override
    public String name() {
        return "cogvideo";
    }

    @Override
    public List<String> pipelines() {
        return List.of(CogVideoFiles.PIPELINE);
    }

    @Override
    public List<String> layouts() {
        return List.of("cogvideo-stage1/, as CogVideo's authors give it out");
    }

    @Override
    public boolean owns(Path folder) {
        return CogVideoFiles.isAuthors(folder)
                || ModelIndex.pipelineIn(folder).filter(pipelines()::contains).isPresent();
    }

    @Override
    public PipelineRules rules(Path folder) {
        return CogVideoRules.of(folder);
    }

    @Override
    public PipelineDescription describe(Path folder) {
        return CogVideoDescription.of(folder);
    }

    @Override
    public CheckpointParts parts(Path folder) {
        return new CogVideoFiles(folder);
    }

    @Override
    public VideoPipeline open(Path folder, OpenOptions options) {
        return CogVideoPipeline.open(folder, options);
    }

    @Override
    public Optional<VideoCodec> openVae(Path folder, OpenOptions options) {
        return Optional.empty();
    }

    /**
     * Makes sure that a model's file may state these values for requests that leave them open.
     *
     * @param clusters of each image token
     * @throws IllegalArgumentException for an unknown key or a value that it must not have, with what it may have
     */
    public static void checkStated(Map<String, ?> stated, long[] clusters) {
        CogVideoStated.of(stated, CogVideoRules.clusterCount(clusters));
    }

    /** As {@link #checkStated(Map, long[])} where the clusters are not known yet. */
    public static void checkStated(Map<String, ?> stated) {
        CogVideoStated.of(stated, Integer.MAX_VALUE);
    }

    @Override
    public void convert(Path folder, Path target, ConversionListener listener) throws IOException {
        CogVideoConversion.convert(folder, target, listener);
    }
}
