package kinema.cogvideo;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import kinema.cogvideo.CogVideoSettings.Level;
import kinema.cogvideo.files.CogVideoFiles;
import kinema.cogvideo.files.Part;
import kinema.cogvideo.image.ImageAutoencoder;
import kinema.cogvideo.network.BaseConfig;
import kinema.cogvideo.network.BaseModel;
import kinema.cogvideo.network.TemporalChannel;
import kinema.cogvideo.upscale.LargePicture;
import kinema.system.PipelineDescription;
import kinema.weights.LeafSpec;
import kinema.weights.ShapeTree;
import kinema.weights.Weights;

/** Describes a CogVideo checkpoint from its networks' configs. */
final class CogVideoDescription {
    private CogVideoDescription() {}

    /**
     * Reads the configs.
     *
     * @throws kinema.weights.WeightsException when one is missing or damaged
     */
    static PipelineDescription of(Path folder) {
        CogVideoFiles files = new CogVideoFiles(folder);
        CogVideoConfig c = CogVideoConfig.of(files);
        Map<String, Map<String, List<Long>>> networks = new LinkedHashMap<>();
        files.parts().forEach(part -> networks.put(part.key(), shapes(network(part, c))));
        return new PipelineDescription(variant(c), networks);
    }

    private static Function<Weights, Object> network(Part part, CogVideoConfig c) {
        return switch (part) {
            case BASE, INTERPOLATION_BASE, UPSCALER_BASE -> w -> new BaseModel(w, c.base());
            case KEYFRAMES -> w -> new TemporalChannel(w, c.keyframes());
            case INTERPOLATION -> w -> new TemporalChannel(w, c.interpolation().orElseThrow());
            case UPSCALER -> w -> new LargePicture(w, c.upscaler().orElseThrow());
            case IMAGE -> w -> new ImageAutoencoder(w, c.image());
        };
    }

    private static Map<String, List<Long>> shapes(Function<Weights, ?> network) {
        Map<String, List<Long>> shapes = new LinkedHashMap<>();
        for (LeafSpec leaf : ShapeTree.of(network)) {
            shapes.put(leaf.key(), Arrays.stream(leaf.shape()).boxed().toList());
        }
        return shapes;
    }

    private static String variant(CogVideoConfig c) {
        BaseConfig b = c.base();
        String name = b.equals(BaseConfig.PUBLISHED) ? "CogVideo" : "CogVideo of its own size";
        String large = c.upscaler()
                .map(sizes -> " enlarged to " + sizes.highGrid() + "x" + sizes.highGrid())
                .orElse("");
        String end = c.last() == Level.UPSCALE ? "" : "; ends with stage " + c.last();
        return name + ": text to video, " + b.layers() + " layers of " + b.heads() + " heads of " + b.headDim()
                + ", frames of " + c.keyframes().grid() + "x" + c.keyframes().grid() + " tokens" + large + end;
    }
}
