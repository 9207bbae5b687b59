"""The codec pipeline `ZarrsCodecPipeline`, for arrays that zarr opens by itself."""
