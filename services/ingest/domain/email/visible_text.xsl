<?xml version="1.0" encoding="utf-8"?>
<!-- What a person sees of a page, with marks where it is parted: U+E000 between lines, U+E001 between cells. Both are from the
     area that Unicode leaves to private use; `html.py` makes lines and tabs of them. -->
<!DOCTYPE xsl:stylesheet [
  <!ENTITY lines "p|div|tr|table|li|ul|ol|h1|h2|h3|h4|h5|h6|hr|dl|dd|dt|blockquote|section|article|header|footer|pre|center|tbody|form">
  <!ENTITY unseen "script|style|head|title|noscript|template|object|svg">
  <!ENTITY hidden "*/*[contains(@style, 'isplay') or contains(@style, 'ISPLAY')][contains(translate(@style, 'DISPLAYNOE ', 'displaynoe'), 'display:none')][not(self::br)]">
  <!ENTITY line "&#xE000;">
  <!ENTITY cell "&#xE001;">
]>
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform">
  <xsl:output method="text"/>
  <xsl:template match="/"><xsl:apply-templates select="*[1]"/></xsl:template>

  <xsl:template match="&lines;">&line;<xsl:apply-templates/>&line;</xsl:template>
  <xsl:template match="br"><xsl:apply-templates/>&line;</xsl:template>

  <!-- In preformatted text a break in the source is one on the page. -->
  <xsl:template match="pre//text()"><xsl:value-of select="translate(., '&#10;', '&line;')"/></xsl:template>

  <!-- What is not seen parts lines and cells all the same. -->
  <xsl:template match="&unseen;"/>
  <xsl:template match="&hidden;" priority="1"><xsl:apply-templates select="." mode="emptied"/></xsl:template>
  <xsl:template match="&lines;" mode="emptied">&line;</xsl:template>
  <xsl:template match="td|th" mode="emptied">&cell;</xsl:template>
  <xsl:template match="*" mode="emptied"/>

  <!-- Lines of one cell among others stay together: columns matter more than lines there, and the first is often a label.
       The nearest of its own kind is asked for first: all such searches together go through a row once. Only a cell that is alone
       of its kind, of which a row has two at most, asks for the other kind. -->
  <xsl:template match="td|th">
    <xsl:choose>
      <xsl:when test=".//br and not(.//table|.//p|.//div|.//ul)
          and (self::td[preceding-sibling::td[1] or following-sibling::td[1]]
            or self::th[preceding-sibling::th[1] or following-sibling::th[1]]
            or (../td and ../th))">
        <xsl:text>&cell;</xsl:text><xsl:apply-templates mode="within-cell"/><xsl:text>&cell;</xsl:text>
      </xsl:when>
      <xsl:otherwise>&cell;<xsl:apply-templates/>&cell;</xsl:otherwise>
    </xsl:choose>
  </xsl:template>
  <xsl:template match="br" mode="within-cell"><xsl:apply-templates/><xsl:text> ¦ </xsl:text></xsl:template>
  <xsl:template match="br[not(ancestor::*[position() &lt; 5][self::td or self::th])]" mode="within-cell">
    <xsl:apply-templates select="."/>
  </xsl:template>
  <xsl:template match="&lines;|td|th|&unseen;|&hidden;|pre//text()" mode="within-cell">
    <xsl:apply-templates select="."/>
  </xsl:template>
</xsl:stylesheet>
