// Everything at once.
#pragma once

#include "spatialkit/box.hpp"
#include "spatialkit/camera.hpp"
#include "spatialkit/clip.hpp"
#include "spatialkit/covisibility.hpp"
#include "spatialkit/dispatch.hpp"
#include "spatialkit/frustum.hpp"
#include "spatialkit/instances.hpp"
#include "spatialkit/mesh.hpp"
#include "spatialkit/overlap.hpp"
#include "spatialkit/parallel.hpp"
#include "spatialkit/png.hpp"
#include "spatialkit/raster.hpp"
#include "spatialkit/types.hpp"
#include "spatialkit/visibility.hpp"
