package kinema.show1;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import kinema.show1.Show1Files.Part;
import kinema.show1.unet.Unet;
import kinema.system.OpenOptions;
import kinema.system.PipelineDescription;
import kinema.system.PipelineRules;
import kinema.system.VideoCodec;
import kinema.system.VideoPipeline;
import kinema.system.VideoSystem;
import kinema.weights.CheckpointParts;
import kinema.weights.ConversionListener;
import kinema.weights.LeafSpec;
import kinema.weights.ShapeTree;

/**
 * Show-1: key frames in pixels, frames between them, larger frames, and an expert in latents that refines them.
 *
 * @see <a href="https://arxiv.org/abs/2309.15818">Show-1</a>
 */
public final class Show1 implements VideoSystem {
    @Override
    public String name() {
        return "show1";
    }

    @Override
    public List<String> pipelines() {
        return Show1Files.pipelines();
    }

    @Override
    public List<String> layouts() {
        return List.of("show-1-base, show-1-interpolation, show-1-sr1, show-1-sr2 and IF-II-L-v1.0 in it, as Show-1's"
                + " authors give them out");
    }

    @Override
    public boolean owns(Path folder) {
        return Show1Files.areIn(folder);
    }

    @Override
    public PipelineRules rules(Path folder) {
        return Show1Rules.of(Show1Files.of(folder));
    }

    @Override
    public PipelineDescription describe(Path folder) {
        Show1Files files = Show1Files.of(folder);
        Show1Rules rules = Show1Rules.of(files);
        Map<String, Map<String, List<Long>>> networks = new LinkedHashMap<>();
        for (Part part : Part.values()) {
            if (files.has(part)) {
                networks.put(part + "/unet", shapes(ShapeTree.of(w -> new Unet(w, rules.unet(part)))));
            }
        }
        return new PipelineDescription("Show-1", networks);
    }

    @Override
    public CheckpointParts parts(Path folder) {
        return Show1Files.of(folder);
    }

    @Override
    public VideoPipeline open(Path folder, OpenOptions options) {
        return Show1Pipeline.open(folder, options);
    }

    @Override
    public Optional<VideoCodec> openVae(Path folder, OpenOptions options) {
        return Optional.empty();
    }

    @Override
    public void convert(Path folder, Path target, ConversionListener listener) throws IOException {
        Show1Conversion.convert(folder, target, listener);
    }

    private static Map<String, List<Long>> shapes(List<LeafSpec> leaves) {
        Map<String, List<Long>> shapes = new LinkedHashMap<>();
        leaves.forEach(leaf ->
                shapes.put(leaf.key(), Arrays.stream(leaf.shape()).boxed().toList()));
        return shapes;
    }
}
